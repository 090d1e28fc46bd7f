namespace Weft.Nat;

/// <summary>Whether a machine keeps one external address (RFC 4787 section 4.1).</summary>
public enum PoolingBehavior : byte
{
    /// <summary>It does, as long as it has mappings (RFC 4787 REQ-2, RFC 6888 REQ-2); other addresses do not help when that one is full.</summary>
    Paired,

    /// <summary>Any address with a free port will do.</summary>
    Arbitrary,
}
