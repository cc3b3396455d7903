blueprint {
  version = 1
}

production "nebula" {
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"
  contacts {
    security      = "security@lighthouse.example"
    content_owner = "assets@studio.example"
  }
}

key "content" {}

network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }
  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
  }
  flow "office" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/443"]
    reason = "The gateway, from the offices."
  }
  endpoints = ["s3", "ssm"]
}

prefix_list "offices" {
  entries = {
    "203.0.113.0/24" = "Soho"
  }
}

image "win" {
  os = "windows-2022"
  id = "ami-03cf127a"
}

lockdown "artist" {}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 4
  image          = image.win
  segment        = network.main.workstations
  instance_types = ["g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  root_volume {
    size_gib = 150
    type     = "gp3"
  }
  volume "cache" {
    size_gib = 200
    type     = "gp3"
    mount    = "E:"
  }
}
