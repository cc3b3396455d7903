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
    security = "security@lighthouse.example"
  }
}

key "content" {
}

network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }

  segment "storage" {
    tier    = "content"
    newbits = 8
  }

  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  flow "sign-in" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443"]
    reason = "Artists reach the connection gateway."
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
  }

  flow "projects" {
    from   = network.main.workstations
    to     = network.main.storage
    ports  = ["tcp/2049"]
    reason = "Projects are mounted over NFS 4."
  }

  endpoints = ["s3", "kms"]
}

prefix_list "offices" {
  entries = {
    "198.51.100.0/26" = "Leeds"
    "203.0.113.0/24"  = "Soho"
  }
}

image "linux" {
  os = "rocky-9"
  id = "ami-0123456789abcdef0"
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 2
  image          = image.linux
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 100
    type     = "gp3"
  }
}
