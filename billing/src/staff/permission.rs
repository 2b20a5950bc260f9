//! Who may do what. Each role may do all that the one below it may.

use crate::people::Role;

/// One kind of thing that is done at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Look at everything, and export it.
    Look,
    /// Help a customer where no money moves: notes, mails sent again, events handled again, payments
    /// looked up at the gateway, the site seen as they see it.
    Help,
    /// Move money or credits: refunds, grants, plans, findings.
    Money,
    /// Change what is sold, and for how much.
    Sell,
    /// Let people and programs in, and out.
    Access,
}

impl Role {
    /// Whether somebody of this role may do it.
    pub fn may(self, permission: Permission) -> bool {
        self >= match permission {
            Permission::Look => Self::Viewer,
            Permission::Help => Self::Support,
            Permission::Money | Permission::Sell => Self::Admin,
            Permission::Access => Self::Owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_one_below_may() {
        use Permission::{Access, Help, Look, Money, Sell};
        for (role, allowed) in [
            (Role::Viewer, vec![Look]),
            (Role::Support, vec![Look, Help]),
            (Role::Admin, vec![Look, Help, Money, Sell]),
            (Role::Owner, vec![Look, Help, Money, Sell, Access]),
        ] {
            for permission in [Look, Help, Money, Sell, Access] {
                let may = role.may(permission);
                assert_eq!(may, allowed.contains(&permission), "{role} {permission:?}");
            }
        }
    }
}
