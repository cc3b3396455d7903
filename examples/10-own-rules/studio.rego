# What the studio pays for, and how it wants to find it again.

package studio

# Machines with more than one GPU are for the farm.
large := {"12xlarge", "24xlarge", "48xlarge", "metal"}

deny_large_machines contains msg if {
	some change in input.changes
	change.kind == "seat"
	change.action != "delete"
	some field in change.fields
	field.path == "instance_types"
	some instance_type in field.after
	split(instance_type, ".")[1] in large
	msg := sprintf("%s may become a %s, which is a machine of the farm", [change.address, instance_type])
}

# A key goes with its production, in a wrap, and never by an edit.
violation contains {"msg": msg} if {
	not input.wrap
	some change in input.changes
	change.action == "delete"
	change.kind == "kms_key"
	msg := sprintf("%s would go: take the production down with a wrap", [change.address])
}

warn_cost_centre contains msg if {
	pools := {pool |
		some change in input.changes
		change.kind == "seat"
		change.action == "create"
		every field in change.fields {
			field.path != "tags.cost_centre"
		}
		pool := split(change.address, "[")[0]
	}
	some pool in pools
	msg := sprintf("the seats of %s bear no tag cost_centre", [pool])
}
