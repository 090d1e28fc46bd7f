namespace Weft.Host.Config;

/// <summary>An address and the length of its network's prefix.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the prefix, 0 to <see cref="TunnelAddress.Bits"/>.</param>
public readonly record struct NetworkAddress(TunnelAddress Address, int PrefixLength)
{
    /// <summary>As <c>ip address</c> writes it.</summary>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
