blueprint {
  version = 1
}

production "nebula" {
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  account       = "123456789012"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"
  controls      = "mpa-5.3.1"
  key           = key.content
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

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
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
  seats          = 3
  image          = image.nuke
  segment        = network.main.workstations
  key            = key.content
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "neb-comp"
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

artist "ana" {
  pools = [workstation_pool.comp]
  seat  = 2
  from  = "2026-12-01"
  until = "2027-03-31"
}

backup "nightly" {
  of        = [workstation_pool.comp]
  schedule  = "cron(0 2 * * ? *)"
  keep_days = 35
}

attestation "idp-mfa" {
  controls  = ["VDI-IAM-02"]
  statement = "The identity provider asks for FIDO2 on every sign-in."
  by        = "ciso@lighthouse.example"
  on        = "2026-11-01"
  expires   = "2027-05-01"
}
