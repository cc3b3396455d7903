blueprint {
  version = 1
}

variable "artists" {
  type        = number
  default     = 24
  description = "Seats on the comp floor."
  sensitive   = false

  validation {
    condition     = var.artists <= 400
    error_message = "One floor holds at most 400."
  }
}

locals {
  offices = ["203.0.113.0/24"]
}

production "nebula" {
  owner               = "lighthouse-vfx"
  content_class       = "pre-release"
  region              = "us-west-2"
  account             = "123456789012"
  starts_on           = "2026-12-01"
  wraps_on            = "2027-06-30"
  controls            = "mpa-5.3.1"
  key                 = key.content
  destroy_within_days = 30

  tags = {
    cost_center = "4711"
  }

  contacts {
    security      = "security@lighthouse.example"
    content_owner = "assets@studio.example"
  }
}

key "content" {
  rotation_days        = 365
  deletion_window_days = 30
  administrators       = ["arn:aws:iam::123456789012:role/KeyAdmin"]
}

network "main" {
  cidr      = "10.40.0.0/16"
  zones     = ["us-west-2a", "us-west-2b"]
  zone_room = 2

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }

  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  segment "pinned" {
    tier  = "service"
    cidrs = ["10.40.128.0/24", "10.40.129.0/24"]
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
  }

  flow "offices" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443"]
    reason = "Artists reach the gateway."
  }

  flow "renders" {
    from   = network.main.workstations
    to     = local.offices
    ports  = ["udp/5000-5010", "icmp"]
    reason = "Jobs are sent to the render manager."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "kms", "logs"]

  flow_logs {
    retention_days = 365
  }
}

prefix_list "offices" {
  entries = {
    "203.0.113.0/24" = "Soho"
  }
}

image "nuke" {
  os          = "rocky-9"
  id          = "ami-0123456789abcdef0"
  gpu_driver  = "grid-18.4"
  dcv_version = "2025.0"
}

image "parameter" {
  os            = "ubuntu-24.04"
  ssm_parameter = "/vfx/ami/nuke"
}

image "editorial" {
  os = "windows-2022"

  lookup {
    owners = ["self"]
    name   = "editorial-*"
  }
}

lockdown "artist" {
  clipboard     = "in"
  file_transfer = "none"
  usb           = "none"
  printing      = false
  screenshots   = false
  microphone    = false
  webcam        = false
  smartcard     = false
  idle_minutes  = 15
  max_hours     = 12
  audit         = "all"
}

display "artist" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "4096x2160"
  frame_rate     = 60
  color          = "yuv444"
  quic           = true
  port           = 8443
  tablet         = true
}

workstation_pool "comp" {
  seats          = var.artists
  image          = image.nuke
  segment        = network.main.workstations
  key            = key.content
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "neb-comp"
  protect        = false
  tags           = {}

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  volume "cache" {
    size_gib        = 1000
    type            = "gp3"
    iops            = 6000
    throughput_mibs = 400
    mount           = "/cache"
    keep            = false
    backup          = true

    tags = {
      holds = "frames"
    }
  }

  bootstrap {
    template = "site.sh.j2"

    vars = {
      license_server = "10.0.8.20"
    }

    secrets = {
      join = "arn:aws:secretsmanager:us-west-2:123456789012:secret:ad-join"
    }
  }

  update {
    max_unavailable = "20%"
  }
}

workstation_pool "editorial" {
  seats          = 4
  image          = image.editorial
  segment        = network.main.workstations
  instance_types = ["g6.2xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "neb-edit"

  root_volume {
    size_gib = 150
    type     = "io2"
    iops     = 5000
  }

  volume "media" {
    size_gib = 500
    type     = "gp3"
    mount    = "M:"
  }
}

artist "ana" {
  pools = [workstation_pool.comp]
  seat  = 7
  from  = "2026-12-01"
  until = "2027-03-31"
}

backup "nightly" {
  of          = [workstation_pool.comp]
  schedule    = "cron(0 2 * * ? *)"
  keep_days   = 35
  rpo_hours   = 24
  rto_minutes = 60

  lock {
    mode     = "governance"
    min_days = 7
    max_days = 90
  }

  copy {
    region    = "us-east-2"
    keep_days = 35
  }
}

exception "direct-streaming" {
  control      = "VDI-NET-04"
  scope        = [workstation_pool.comp]
  reason       = "Client review on site."
  compensating = "Office addresses only, MFA at the identity provider."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}

attestation "idp-mfa" {
  controls  = ["VDI-IAM-02"]
  statement = "The identity provider asks for FIDO2 on every sign-in."
  by        = "ciso@lighthouse.example"
  on        = "2026-11-01"
  document  = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  expires   = "2027-05-01"
}

output "seats" {
  value = workstation_pool.comp.seats
}
