using Weft.Mesh;
using Weft.Packets;

namespace Weft.MeshAgent.Mux;

/// <summary>Who talks to whom in a stream.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Client">The client application's address and port.</param>
/// <param name="Service">What it dialled.</param>
internal readonly record struct MuxFlow(IpProtocol Protocol, MeshEndpoint Client, MeshEndpoint Service)
{
    /// <summary>Most bytes of <see cref="Write"/>.</summary>
    public const int MaxLength = 2 + IPv6Length;

    private const int IPv4Length = 12;
    private const int IPv6Length = 36;
    private const byte FamilyIPv4 = 4;
    private const byte FamilyIPv6 = 6;

    /// <summary>Writes the payload of an OPEN frame.</summary>
    public int Write(Span<byte> bytes)
    {
        bytes[0] = (byte)Protocol;
        bytes[1] = Client.IsIPv4 ? FamilyIPv4 : FamilyIPv6;
        return 2 + EndpointBytes.WriteAddresses(bytes[2..], Client, Service);
    }

    /// <summary>Reads the payload of an OPEN frame.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out MuxFlow flow)
    {
        flow = default;
        if (bytes.Length < 2 || (IpProtocol)bytes[0] is not (IpProtocol.Tcp or IpProtocol.Udp)
            || bytes.Length != 2 + (bytes[1] == FamilyIPv4 ? IPv4Length : bytes[1] == FamilyIPv6 ? IPv6Length : -1))
        {
            return false;
        }

        EndpointBytes.ReadAddresses(bytes[2..], bytes[1] == FamilyIPv4, out MeshEndpoint client, out MeshEndpoint service);
        flow = new MuxFlow((IpProtocol)bytes[0], client, service);
        return true;
    }
}
