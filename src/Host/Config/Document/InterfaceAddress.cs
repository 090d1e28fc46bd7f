namespace Weft.Host.Config.Document;

/// <summary>An address with the prefix of its network, as <c>ip address</c> writes it.</summary>
internal readonly record struct InterfaceAddress(TunnelAddress Address, int PrefixLength)
{
    public override string ToString() => $"{Address}/{PrefixLength}";
}
