using Weft.Mesh;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>Whom a client wants to meet, and to talk what.</summary>
/// <param name="Id">The identity that the other side's certificate must have.</param>
/// <param name="Protocol">What the connection carries.</param>
internal sealed record TlsPeer(SpiffeId Id, TunnelProtocol Protocol)
{
    /// <summary>Sets what the client hello says.</summary>
    public unsafe void Prepare(nint ssl)
    {
        ReadOnlySpan<byte> name = Protocol switch
        {
            TunnelProtocol.Mux => TunnelProtocols.MuxName,
            TunnelProtocol.Relay => TunnelProtocols.RelayName,
            _ => [],
        };
        if (name.IsEmpty)
        {
            return;
        }

        byte* list = stackalloc byte[1 + name.Length];
        list[0] = (byte)name.Length;
        name.CopyTo(new Span<byte>(list + 1, name.Length));
        _ = OpenSsl.SSL_set_alpn_protos(ssl, list, (uint)(1 + name.Length));
    }
}
