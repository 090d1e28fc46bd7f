namespace Weft.Bridge;

/// <summary>What a rule decided about so far.</summary>
/// <param name="Packets">Packets, those of connections that it permitted included.</param>
/// <param name="Bytes">Their bytes, Ethernet headers included.</param>
public readonly record struct AclCount(long Packets, long Bytes)
{
    /// <summary>The sum of two counts.</summary>
    public static AclCount operator +(AclCount left, AclCount right) => Add(left, right);

    /// <summary>The sum of two counts.</summary>
    public static AclCount Add(AclCount left, AclCount right) => new(left.Packets + right.Packets, left.Bytes + right.Bytes);
}
