# A volume that outlives its instance, and the exception that it needs.
#
# Content is to live on shared storage, and local volumes are to end with their instance (control VDI-DAT-01). Simulations are
# too large for that here: each seat's volume is kept, and attached to the seat's next instance. It holds the seat to its zone.
# Somebody owns that, somebody else approved it, and within 90 days it is looked at again.

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

workstation_pool "fx" {
  seats          = 4
  image          = image.artist
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  volume "sim" {
    size_gib        = 4000
    type            = "gp3"
    iops            = 10000
    throughput_mibs = 500
    mount           = "/sim"
    keep            = true
    backup          = true
  }

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}

exception "kept-simulations" {
  control      = "VDI-DAT-01"
  scope        = [workstation_pool.fx]
  reason       = "Simulation caches of 3 TiB can't be written anew each time an instance is replaced."
  compensating = "Encrypted with the production's key, backed up, and deleted at the wrap."
  owner        = "fx-lead@northlight.example"
  approver     = "ciso@northlight.example"
  expires      = "2027-02-15"
}

backup "nightly" {
  of        = [workstation_pool.fx]
  schedule  = "cron(0 2 * * ? *)"
  keep_days = 30
}
