namespace Weft.Bridge;

/// <summary>What a <see cref="LearningBridge"/> did with frames: what it did, then one field for each <see cref="BridgeDropReason"/>.</summary>
public struct BridgeCounters
{
    /// <summary>Frames sent to one place.</summary>
    public long Forwarded;

    /// <summary>Frames flooded because their destination is a group address.</summary>
    public long FloodedGroup;

    /// <summary>Frames flooded because their destination is unknown.</summary>
    public long FloodedUnknown;

    /// <summary>ARP requests answered.</summary>
    public long AnsweredArp;

    /// <summary>Neighbour solicitations answered.</summary>
    public long AnsweredNd;

    /// <summary>Questions of both kinds that were flooded although they could have been answered: asked again, see <see cref="BridgeSegmentOptions.AskAgain"/>.</summary>
    public long AskedAgain;

    /// <summary>See <see cref="BridgeDropReason.Malformed"/>.</summary>
    public long Malformed;

    /// <summary>See <see cref="BridgeDropReason.ReservedAddress"/>.</summary>
    public long ReservedAddress;

    /// <summary>See <see cref="BridgeDropReason.InvalidSource"/>.</summary>
    public long InvalidSource;

    /// <summary>See <see cref="BridgeDropReason.InvalidVlan"/>.</summary>
    public long InvalidVlan;

    /// <summary>See <see cref="BridgeDropReason.UntaggedRefused"/>.</summary>
    public long UntaggedRefused;

    /// <summary>See <see cref="BridgeDropReason.VlanRefused"/>.</summary>
    public long VlanRefused;

    /// <summary>See <see cref="BridgeDropReason.UnknownSegment"/>.</summary>
    public long UnknownSegment;

    /// <summary>See <see cref="BridgeDropReason.IngressBlocked"/>.</summary>
    public long IngressBlocked;

    /// <summary>See <see cref="BridgeDropReason.EgressBlocked"/>.</summary>
    public long EgressBlocked;

    /// <summary>See <see cref="BridgeDropReason.TaggedInTunnel"/>.</summary>
    public long TaggedInTunnel;

    /// <summary>See <see cref="BridgeDropReason.SameLocation"/>.</summary>
    public long SameLocation;

    /// <summary>See <see cref="BridgeDropReason.SplitHorizon"/>.</summary>
    public long SplitHorizon;

    /// <summary>See <see cref="BridgeDropReason.UnknownUnicast"/>.</summary>
    public long UnknownUnicast;

    /// <summary>See <see cref="BridgeDropReason.NoOutput"/>.</summary>
    public long NoOutput;

    /// <summary>See <see cref="BridgeDropReason.SourceRefused"/>.</summary>
    public long SourceRefused;

    /// <summary>See <see cref="BridgeDropReason.StormLimit"/>.</summary>
    public long StormLimit;

    internal void CountDrop(BridgeDropReason reason)
    {
        switch (reason)
        {
            case BridgeDropReason.Malformed: Malformed++; break;
            case BridgeDropReason.ReservedAddress: ReservedAddress++; break;
            case BridgeDropReason.InvalidSource: InvalidSource++; break;
            case BridgeDropReason.InvalidVlan: InvalidVlan++; break;
            case BridgeDropReason.UntaggedRefused: UntaggedRefused++; break;
            case BridgeDropReason.VlanRefused: VlanRefused++; break;
            case BridgeDropReason.UnknownSegment: UnknownSegment++; break;
            case BridgeDropReason.IngressBlocked: IngressBlocked++; break;
            case BridgeDropReason.EgressBlocked: EgressBlocked++; break;
            case BridgeDropReason.TaggedInTunnel: TaggedInTunnel++; break;
            case BridgeDropReason.SameLocation: SameLocation++; break;
            case BridgeDropReason.SplitHorizon: SplitHorizon++; break;
            case BridgeDropReason.UnknownUnicast: UnknownUnicast++; break;
            case BridgeDropReason.NoOutput: NoOutput++; break;
            case BridgeDropReason.SourceRefused: SourceRefused++; break;
            case BridgeDropReason.StormLimit: StormLimit++; break;
            default: break;
        }
    }
}
