using Weft.Packets;

namespace Weft.Encap;

/// <summary>Where the inner frame is and what its tunnel said. Filled by <see cref="TunnelDecapsulator.Decapsulate"/>.</summary>
public struct DecapsulatedFrame
{
    /// <summary>First byte of the inner frame, counted from the start of the outer frame.</summary>
    public int InnerOffset;

    /// <summary>Bytes of the inner frame, or of the piece.</summary>
    public int InnerLength;

    /// <summary>Virtual network identifier.</summary>
    public uint Vni;

    /// <summary>Remote tunnel endpoint: the outer source.</summary>
    public VtepAddress Source;

    /// <summary>Outer source port.</summary>
    public ushort SourcePort;

    /// <summary>First byte of the Geneve options, counted from the start of the outer frame.</summary>
    public int OptionsOffset;

    /// <summary>Bytes of Geneve options, 0 to 252.</summary>
    public int OptionsLength;

    /// <summary>Congestion field of the outer header, 0 to 3.</summary>
    public int OuterEcn;

    /// <summary>Code point of the outer header, 0 to 63.</summary>
    public int OuterDscp;

    /// <summary>Which piece of which frame it is; meaningful only with <see cref="DecapVerdict.Fragment"/>.</summary>
    public FragmentInfo Fragment;

    /// <summary>Layout of the inner frame, of no meaning for a piece of one; its offsets count from the start of the inner frame.</summary>
    public PacketLayout Inner;
}
