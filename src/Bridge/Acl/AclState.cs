using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What is remembered of a connection.</summary>
internal struct AclState
{
    public Timestamp Expires;
    public ushort List;
    public ushort Rule;
    public TcpState Tcp;

    /// <summary>1 if the inside opened it.</summary>
    public byte FromInside;
}
