# One artist, one workstation: the smallest production that is still safe.
#
# For a freelancer's matte paintings or a roto package. Everything that a large floor has is here once: a key of
# the production's own, a network without a route to the internet, a closed desk, a nightly backup.

blueprint {
  version = 1
}

production "moth" {
  owner         = "foxglove-pictures"
  content_class = "pre-release"
  region        = "us-east-1"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"
  controls      = "mpa-5.3.1"

  contacts {
    security      = "security@foxglove.example"
    content_owner = "assets@client.example"
  }
}

key "content" {
  rotation_days = 365
}

# One zone will do for one seat. `zone_room` keeps addresses for a second one, so that adding it moves nothing.
network "main" {
  cidr      = "10.44.0.0/20"
  zones     = ["us-east-1a"]
  zone_room = 2

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }

  segment "services" {
    tier    = "service"
    newbits = 4
  }

  # The connection gateway stands here; the workstation itself has no public address.
  segment "edge" {
    tier    = "edge"
    newbits = 6
  }

  flow "sign-in" {
    from   = ["198.51.100.17/32"]
    to     = network.main.edge
    ports  = ["tcp/8443"]
    reason = "The artist reaches the connection gateway from the studio's fixed address."
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443"]
    reason = "Pixel streaming from the gateway to the workstation."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "ec2messages", "kms", "logs"]
}

image "paint" {
  os            = "windows-2022"
  ssm_parameter = "/foxglove/ami/paint"
  gpu_driver    = "grid-18.4"
  dcv_version   = "2025.0"
}

# Text may be pasted into the workstation. Nothing comes out of it.
lockdown "artist" {
  clipboard = "in"
  usb       = "tablets"
}

display "artist" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "3840x2160"
  color          = "yuv444"
  tablet         = true
}

workstation_pool "paint" {
  seats          = 1
  image          = image.paint
  segment        = network.main.workstations
  instance_types = ["g6.2xlarge", "g5.2xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  volume "work" {
    size_gib = 500
    type     = "gp3"
    mount    = "W:"
    backup   = true
  }
}

artist "ines" {
  pools = [workstation_pool.paint]
  seat  = 1
  until = "2027-06-30"
}

# A working day may be lost at most, and the desk is back within two hours.
backup "nightly" {
  of          = [workstation_pool.paint]
  schedule    = "cron(0 6 * * ? *)"
  keep_days   = 14
  rpo_hours   = 24
  rto_minutes = 120
}

output "workstation" {
  description = "The type that is tried first."
  value       = workstation_pool.paint.instance_types[0]
}
