namespace Weft.Packets;

/// <summary>Types of IGMP messages (RFC 1112, RFC 2236, RFC 3376 section 4).</summary>
public enum IgmpType : byte
{
    /// <summary>Membership query of every version.</summary>
    MembershipQuery = 0x11,

    /// <summary>Version 1 membership report.</summary>
    ReportV1 = 0x12,

    /// <summary>Version 2 membership report.</summary>
    ReportV2 = 0x16,

    /// <summary>Version 2 leave group.</summary>
    LeaveGroup = 0x17,

    /// <summary>Version 3 membership report.</summary>
    ReportV3 = 0x22,
}
