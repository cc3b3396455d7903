# A pool of Windows workstations.
#
# A computer name has at most 15 characters there, the number included, and volumes are mounted as drives.

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

image "editorial" {
  os         = "windows-2025"
  id         = "ami-0123456789abcdef0"
  gpu_driver = "grid-18.4"
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "editorial" {
  seats             = 4
  image             = image.editorial
  segment           = network.main.workstations
  instance_types    = ["g6.4xlarge", "g5.4xlarge"]
  lockdown          = lockdown.artist
  display           = display.artist
  name_prefix       = "emb-edit"
  idle_stop_minutes = 60

  volume "media" {
    size_gib        = 2000
    type            = "gp3"
    iops            = 6000
    throughput_mibs = 400
    mount           = "M:"
  }

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
