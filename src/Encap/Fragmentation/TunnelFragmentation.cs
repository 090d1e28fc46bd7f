namespace Weft.Encap;

/// <summary>That and how a tunnel endpoint cuts frames which are too long for the path, and takes cut ones.</summary>
/// <remarks>
/// Both ends must agree. An endpoint that does not know fragments drops them: in Geneve since the option is critical, in VXLAN-GPE
/// since it does not know the protocol. VXLAN has neither, and only <see cref="VxlanReservedBits"/> allows it.
/// </remarks>
public sealed record TunnelFragmentation
{
    /// <summary>Most <see cref="Lanes"/>.</summary>
    public const int MaxLanes = 256;

    /// <summary>Least <see cref="GpeNextProtocol"/>: those below have a meaning.</summary>
    public const byte MinGpeNextProtocol = 8;

    /// <summary>Largest <see cref="GpeNextProtocol"/>: from 128 on they name shims, which a receiver may skip to find a frame behind.</summary>
    public const byte MaxGpeNextProtocol = 127;

    /// <summary>The Geneve option that carries the fragment information, the same at both ends.</summary>
    public GeneveFragmentOption Option { get; init; } = GeneveFragmentOption.Default;

    /// <summary>
    /// With VXLAN-GPE, the next protocol that stands for a piece of a frame behind eight bytes of fragment information,
    /// <see cref="MinGpeNextProtocol"/> to <see cref="MaxGpeNextProtocol"/>, the same at both ends. Default 127; none is assigned.
    /// </summary>
    public byte GpeNextProtocol { get; init; } = MaxGpeNextProtocol;

    /// <summary>
    /// With VXLAN, where fragments are allowed only so: fragment information goes into header bits that RFC 7348 reserves. A receiver
    /// that does not know ignores these bits and delivers pieces as frames, so every receiver must be configured likewise. Numbers have
    /// 16 bits and repeat after 65,536 frames (RFC 4963): keep the receiver's timeout below the time in which so many are sent. Default false.
    /// </summary>
    public bool VxlanReservedBits { get; init; }

    /// <summary>How frames are cut.</summary>
    public FragmentSplit Split { get; init; } = FragmentSplit.Balanced;

    /// <summary>Longest inner frame that is cut, 64 to 65,528 bytes: what the remote end is ready to put together. Default 9,216.</summary>
    public int MaxInnerBytes { get; init; } = 9216;

    /// <summary>Number of this instance among <see cref="Lanes"/> that send from the same address, 0 to one less than that.</summary>
    public int Lane { get; init; }

    /// <summary>
    /// Instances that send from the same address, a power of two up to <see cref="MaxLanes"/>: each numbers its frames in steps of so
    /// many, so that no two of them use one number at a time. Default 1.
    /// </summary>
    public int Lanes { get; init; } = 1;

    internal void Validate(TunnelProtocol protocol)
    {
        if (VxlanReservedBits != (protocol == TunnelProtocol.Vxlan))
        {
            throw new ArgumentException(VxlanReservedBits
                ? $"{nameof(VxlanReservedBits)} is true; the protocol is {protocol}, which has a place for fragment information."
                : $"{nameof(VtepOptions.Fragmentation)} with {nameof(TunnelProtocol.Vxlan)} needs {nameof(VxlanReservedBits)}: VXLAN has nothing that an unaware receiver must refuse.");
        }

        if (GpeNextProtocol is < MinGpeNextProtocol or > MaxGpeNextProtocol)
        {
            throw new ArgumentException($"{nameof(GpeNextProtocol)} is {GpeNextProtocol}; the allowed range is {MinGpeNextProtocol} to {MaxGpeNextProtocol}.");
        }

        Option.Validate();
        if (MaxInnerBytes is < 64 or > 65_528)
        {
            throw new ArgumentException($"{nameof(MaxInnerBytes)} is {MaxInnerBytes}; the allowed range is 64 to 65528.");
        }

        if (Lanes is < 1 or > MaxLanes || (Lanes & (Lanes - 1)) != 0)
        {
            throw new ArgumentException($"{nameof(Lanes)} is {Lanes}; it must be a power of two from 1 to {MaxLanes}.");
        }

        if (Lane < 0 || Lane >= Lanes)
        {
            throw new ArgumentException($"{nameof(Lane)} is {Lane}; the allowed range is 0 to {Lanes - 1}.");
        }
    }
}
