# Flows: the only way to open anything.
#
# A flow has two ends, each a segment, a list of addresses or a prefix list, and at least one of them is a segment. What no
# flow names is denied, in and out. The reason goes with the rule into the cloud, and into every report.

blueprint {
  version = 1
}

production "ember" {
  owner         = "northlight-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"

  contacts {
    security = "security@northlight.example"
  }
}

key "content" {
}

prefix_list "offices" {
  entries = {
    "198.51.100.0/26" = "Leeds"
    "203.0.113.0/24"  = "Soho"
  }
}

network "main" {
  cidr  = "10.60.0.0/16"
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

  # From a prefix list: one rule a port, however many offices there are.
  flow "sign-in" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443"]
    reason = "Artists reach the connection gateway."
  }

  # From segment to segment.
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

  # To addresses: a render manager elsewhere in the studio.
  flow "renders" {
    from   = network.main.workstations
    to     = ["192.0.2.16/28"]
    ports  = ["tcp/8080", "tcp/17000-17004"]
    reason = "Jobs are sent to the render manager."
  }
}

image "artist" {
  os            = "rocky-9"
  ssm_parameter = "/northlight/ami/artist"
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 4
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
