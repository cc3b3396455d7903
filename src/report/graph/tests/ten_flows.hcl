blueprint {
  version = 1
}

production "comet" {
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
  cidr  = "10.60.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }

  segment "review" {
    tier    = "content"
    newbits = 6
  }

  segment "storage" {
    tier    = "content"
    newbits = 8
  }

  segment "services" {
    tier    = "service"
    newbits = 8
  }

  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  flow "sign-in" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Artists reach the connection gateway."
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
  }

  flow "stream-review" {
    from   = network.main.edge
    to     = network.main.review
    ports  = ["tcp/8443"]
    reason = "Pixel streaming for reviews."
  }

  flow "projects" {
    from   = network.main.workstations
    to     = network.main.storage
    ports  = ["tcp/2049"]
    reason = "Projects are mounted over NFS 4."
  }

  flow "dailies" {
    from   = network.main.review
    to     = network.main.storage
    ports  = ["tcp/2049", "tcp/445"]
    reason = "Dailies are read from the storage."
  }

  flow "licenses" {
    from   = network.main.workstations
    to     = network.main.services
    ports  = ["tcp/4101-4102", "tcp/5053", "tcp/27000-27009"]
    reason = "Floating licenses."
  }

  flow "directory" {
    from   = network.main.edge
    to     = network.main.services
    ports  = ["tcp/636"]
    reason = "The gateway asks the directory who may come in."
  }

  flow "renders" {
    from   = network.main.workstations
    to     = ["192.0.2.16/28"]
    ports  = ["tcp/8080", "tcp/17000-17004"]
    reason = "Jobs are sent to the render manager."
  }

  flow "scans" {
    from   = network.main.services
    to     = network.main.storage
    ports  = ["tcp/445"]
    reason = "The scanner reads what comes in."
  }

  flow "playback" {
    from   = network.main.workstations
    to     = network.main.review
    ports  = ["tcp/45124"]
    reason = "Artists send frames to the review session."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "kms", "logs"]
}

prefix_list "offices" {
  entries = {
    "198.51.100.0/26" = "Leeds"
    "203.0.113.0/24"  = "Soho"
  }
}

image "artist" {
  os = "rocky-9"
  id = "ami-0b5eacedc105edf10"
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 12
  image          = image.artist
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}

workstation_pool "review" {
  seats          = 2
  image          = image.artist
  segment        = network.main.review
  instance_types = ["g6.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
