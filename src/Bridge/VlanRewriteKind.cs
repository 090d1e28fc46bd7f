namespace Weft.Bridge;

/// <summary>What happens to a frame's outermost VLAN tag.</summary>
public enum VlanRewriteKind : byte
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>A tag is put in front of the EtherType.</summary>
    Push,

    /// <summary>The tag is taken out.</summary>
    Pop,

    /// <summary>The tag's control information is exchanged.</summary>
    Replace,
}
