# The smallest blueprint: what is required, and nothing else.
#
# Everything left out has a safe default: no flow is open, nothing leaves a workstation, sessions end when they idle, volumes
# are encrypted with the production's key.

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
