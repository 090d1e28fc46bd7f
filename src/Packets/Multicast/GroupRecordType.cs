namespace Weft.Packets;

/// <summary>Types of group records in IGMPv3 and MLDv2 reports (RFC 3376 section 4.2.12, RFC 3810 section 5.2.12).</summary>
public enum GroupRecordType : byte
{
    /// <summary>Current state: only these sources.</summary>
    ModeIsInclude = 1,

    /// <summary>Current state: all but these sources.</summary>
    ModeIsExclude = 2,

    /// <summary>From now on only these sources; none means leave.</summary>
    ChangeToInclude = 3,

    /// <summary>From now on all but these sources; none means join.</summary>
    ChangeToExclude = 4,

    /// <summary>These sources as well.</summary>
    AllowNewSources = 5,

    /// <summary>These sources no longer.</summary>
    BlockOldSources = 6,
}
