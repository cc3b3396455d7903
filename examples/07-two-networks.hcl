# Two networks that never meet.
#
# The vendor's artists work in a network of their own. Between networks there is no route and no flow: a flow's segments are
# those of its own network. Subnets are cut in order of declaration, and can be pinned with `cidrs` where they must never move.

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

network "main" {
  cidr  = "10.60.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }
}

network "vendor" {
  cidr  = "10.61.0.0/20"
  zones = ["us-west-2a", "us-west-2b"]

  # Pinned, one a zone.
  segment "workstations" {
    tier  = "content"
    cidrs = ["10.61.0.0/24", "10.61.1.0/24"]
  }
}

image "artist" {
  os            = "rocky-9"
  ssm_parameter = "/northlight/ami/artist"
}

lockdown "artist" {
}

# The vendor's artists can't even paste into the workstation.
lockdown "vendor" {
  clipboard = "none"
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

workstation_pool "roto" {
  seats          = 6
  image          = image.artist
  segment        = network.vendor.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.vendor
  display        = display.artist

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
