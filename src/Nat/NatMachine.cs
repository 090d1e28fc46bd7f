using Weft.Packets;

namespace Weft.Nat;

/// <summary>A machine that has mappings.</summary>
internal struct NatMachine
{
    private ushort _udp;
    private ushort _tcp;
    private ushort _icmp;
    private ushort _sctp;

    /// <summary>The second in which it last began flows, and how many it began in it.</summary>
    private uint _second;
    private int _begun;

    /// <summary>The shared address that it is paired with; 0.0.0.0 if there is none yet.</summary>
    public IPv4Address Address;

    public int Sessions;

    public readonly bool HasAddress => Address != default;

    public readonly bool IsIdle => (_udp | _tcp | _icmp | _sctp) == 0;

    public readonly ushort MappingsOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Udp => _udp,
        IpProtocol.Tcp => _tcp,
        IpProtocol.Sctp => _sctp,
        _ => _icmp,
    };

    public void Count(IpProtocol protocol, int change)
    {
        switch (protocol)
        {
            case IpProtocol.Udp: _udp = (ushort)(_udp + change); break;
            case IpProtocol.Tcp: _tcp = (ushort)(_tcp + change); break;
            case IpProtocol.Sctp: _sctp = (ushort)(_sctp + change); break;
            default: _icmp = (ushort)(_icmp + change); break;
        }
    }

    /// <summary>Counts one more flow in this second unless there were as many as may be.</summary>
    public bool TryBegin(Timestamp now, int most)
    {
        uint second = (uint)(now.Nanoseconds / 1_000_000_000);
        _begun = second == _second ? _begun : 0;
        _second = second;
        if (_begun >= most)
        {
            return false;
        }

        _begun++;
        return true;
    }
}
