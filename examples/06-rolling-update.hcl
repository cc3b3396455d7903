# How a change rolls over a pool.
#
# A new image replaces every seat. Here at most a quarter of the seats are away at once; a share rounds down, but to one at
# least. A number works too: max_unavailable = 2.

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

# Change the name to roll the next image out.
image "artist" {
  os = "rocky-9"

  lookup {
    owners = ["self"]
    name   = "artist-rocky9-2026.11-*"
  }
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 16
  image          = image.artist
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  update {
    max_unavailable = "25%"
  }

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
