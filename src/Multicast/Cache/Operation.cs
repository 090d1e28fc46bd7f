namespace Weft.Multicast;

/// <summary>
/// One recorded action: kind in the low 8 bits, operand above. A program is the tree of replicas laid flat: a branch is what is between
/// <see cref="OperationKind.Enter"/> and <see cref="OperationKind.Leave"/>, and <see cref="OperationKind.Output"/> ends a replica.
/// </summary>
internal readonly record struct Operation(ulong Word)
{
    public OperationKind Kind => (OperationKind)(byte)Word;

    public ulong Operand => Word >> 8;

    public static Operation Of(OperationKind kind, ulong operand = 0) => new((operand << 8) | (byte)kind);

    /// <summary>Validity: the slot in the next 24 bits, its version in the upper 32.</summary>
    public static Operation DependsOn(int slot, uint version) => new(((ulong)version << 32) | ((ulong)slot << 8) | (byte)OperationKind.DependsOn);

    /// <summary>Output: port in 16 bits, then the member's place in its segment in 16, the segment in 16.</summary>
    public static Operation Output(int port, int member, int segment) => Of(OperationKind.Output, (uint)port | ((ulong)member << 16) | ((ulong)segment << 32));
}

/// <summary>Kinds of recorded actions.</summary>
internal enum OperationKind : byte
{
    /// <summary>The program ends here.</summary>
    End,

    /// <summary>The program is valid while a slot of the state has this version.</summary>
    DependsOn,

    /// <summary>The replicas up to <see cref="Leave"/> start with the edits made so far.</summary>
    Enter,

    /// <summary>Replicas start with the original again.</summary>
    Leave,

    /// <summary>The replica has this VLAN tag; without the action it has none.</summary>
    SetVlan,

    /// <summary>The replica has this source MAC address.</summary>
    SetSource,

    /// <summary>The replica lives a hop less, if its TTL is above the operand.</summary>
    DecrementTtl,

    /// <summary>The receiver replicates to its subnet.</summary>
    ReplicateLocally,

    /// <summary>Sends the replica; the next one starts from the branch's edits.</summary>
    Output,

    /// <summary>Nobody listens.</summary>
    NoListener,

    /// <summary>Routed copies are withheld: wrong incoming segment.</summary>
    RpfFailure,
}
