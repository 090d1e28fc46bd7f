using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>
/// What is remembered of a connection beside its two keys. The keys say everything about addresses and ports: the opener's packets come under the
/// first and get the second one reversed, the answers come under the second and get the first one reversed.
/// </summary>
internal struct FlowRecord
{
    /// <summary>What the opener's packets' addresses do to a checksum.</summary>
    public ChecksumDelta ForwardAddresses;

    /// <summary>What their addresses and ports do to one.</summary>
    public ChecksumDelta ForwardAll;

    /// <summary>What the answers' addresses do to a checksum.</summary>
    public ChecksumDelta ReverseAddresses;

    /// <summary>What their addresses and ports do to one.</summary>
    public ChecksumDelta ReverseAll;

    /// <summary>When it was last seen, in seconds since the start.</summary>
    public uint LastSeen;

    /// <summary>Low bits of the plan's generation.</summary>
    public ushort Generation;

    public MeshFlowKind Kind;

    public MeshFlowStage Stage;

    /// <summary>True if a SYN of the opener means another connection.</summary>
    public readonly bool IsOver => Stage is MeshFlowStage.Closed or MeshFlowStage.Reset;

    /// <summary>The stage after a segment.</summary>
    public static MeshFlowStage Next(MeshFlowStage stage, TcpFlags flags, bool fromOpener)
    {
        if ((flags & TcpFlags.Rst) != 0)
        {
            return stage == MeshFlowStage.Closed ? stage : MeshFlowStage.Reset;
        }

        bool fin = (flags & TcpFlags.Fin) != 0;
        return stage switch
        {
            MeshFlowStage.Opening when !fromOpener => fin ? MeshFlowStage.AnswererClosed : MeshFlowStage.Established,
            MeshFlowStage.Established when fin => fromOpener ? MeshFlowStage.OpenerClosed : MeshFlowStage.AnswererClosed,
            MeshFlowStage.OpenerClosed when fin && !fromOpener => MeshFlowStage.Closed,
            MeshFlowStage.AnswererClosed when fin && fromOpener => MeshFlowStage.Closed,

            // A reset may be forged: it shortens how long the connection may be idle, and whoever goes on is heard (RFC 7857 section 2.2).
            _ => stage,
        };
    }
}
