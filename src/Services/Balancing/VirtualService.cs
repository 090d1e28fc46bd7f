using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>An address and port that stand for several servers. Immutable; a change of servers is a new one.</summary>
public sealed class VirtualService
{
    private const int TableSize = 4099;

    private readonly Backend[] _backends;
    private readonly MaglevTable? _table;

    /// <summary>Creates a virtual service.</summary>
    /// <param name="address">The address; IPv4 ones are mapped.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="port">The port; 0 for all.</param>
    /// <param name="backends">The servers, at most 1,000. Without any, its flows are refused.</param>
    /// <exception cref="ArgumentException">The protocol has no ports, there are too many servers, or one is listed twice.</exception>
    public VirtualService(IPv6Address address, IpProtocol protocol, ushort port, IReadOnlyList<Backend> backends)
    {
        ArgumentNullException.ThrowIfNull(backends);
        if (protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
        {
            throw new ArgumentException($"A virtual service is of TCP or UDP, not of {protocol}.", nameof(protocol));
        }

        if (backends.Count > 1000)
        {
            throw new ArgumentException($"There are {backends.Count} servers; at most 1,000 are allowed.", nameof(backends));
        }

        (Address, Protocol, Port, _backends) = (address, protocol, port, [.. backends]);
        _table = _backends.Length == 0 ? null : MaglevTable.Build(_backends.Select(backend => new HashBackend(NameOf(backend), backend.Weight)).ToArray(), TableSize);
    }

    /// <summary>The address.</summary>
    public IPv6Address Address { get; }

    /// <summary>The protocol.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>The port; 0 for all.</summary>
    public ushort Port { get; }

    /// <summary>The servers.</summary>
    public IReadOnlyList<Backend> Backends => _backends;

    /// <summary>The server for a flow, the same on every host with the same servers (Maglev).</summary>
    /// <param name="hash">A hash of the flow.</param>
    /// <param name="backend">Gets the server.</param>
    /// <returns>False if there is none.</returns>
    public bool TrySelect(ulong hash, out Backend backend)
    {
        backend = _table is null ? default : _backends[_table.Select(hash)];
        return _table is not null;
    }

    internal bool Matches(in ServiceFlow flow) => flow.Destination == Address && flow.Protocol == Protocol && (Port == 0 || Port == flow.DestinationPort);

    private static byte[] NameOf(Backend backend)
    {
        byte[] name = new byte[IPv6Address.Length + 2];
        backend.Address.Write(name);
        (name[^2], name[^1]) = ((byte)(backend.Port >> 8), (byte)backend.Port);
        return name;
    }
}
