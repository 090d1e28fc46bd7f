namespace Weft.Services;

/// <summary>
/// A service: what it does with one packet, and what it remembers of one flow. Implement it with a struct, so that its code is
/// compiled into the loop over the packets of a burst and costs no call.
/// </summary>
/// <remarks>
/// <para>
/// Everything a service remembers of a flow is in <typeparamref name="TState"/>: plain bytes, zero when the flow begins. It is
/// handed in with each packet of either direction, moves with the machine, and is saved and restored with it. What the
/// service has beside it (rules, addresses, counters) is configuration of one instance and is not state.
/// </para>
/// <para>
/// A service neither blocks, nor allocates, nor reads a clock. An exception is a fault: the packet is treated as
/// <see cref="FailurePolicy"/> says, and after several faults the service is quarantined; other services and other machines go on.
/// </para>
/// </remarks>
/// <typeparam name="TState">State of a flow, at most <see cref="ServiceSet.MaxStateBytes"/> bytes. Explicit padding, please: every byte moves.</typeparam>
public interface IService<TState>
    where TState : unmanaged
{
    /// <summary>What it is.</summary>
    static abstract ServiceInfo Info { get; }

    /// <summary>Deals with one packet.</summary>
    /// <param name="call">The packet, its headers, what is known of its flow, and a way to send packets of one's own.</param>
    /// <param name="state">What this service remembers of the flow, to read and to change.</param>
    ServiceVerdict Process(ref ServiceCall call, ref TState state);

    /// <summary>Learns that a flow has ended, by time, by its own words, or because it was removed. Its state is zeroed afterwards.</summary>
    /// <remarks>No default: a struct would be boxed to call it.</remarks>
    void End(ref TState state);

    /// <summary>Says in words what it remembers of a flow, for traces and tables. Allocates; never called for a packet.</summary>
    /// <returns>Null if there is nothing worth saying.</returns>
    string? Explain(in TState state) => null;

    /// <summary>
    /// How many things the service remembers of the machine beside its flows, which must not be forgotten when the machine moves: sequence numbers, windows. Each
    /// moves once no packet comes any more, so that it is exact.
    /// </summary>
    int MachineEntries => 0;

    /// <summary>Writes one of them.</summary>
    /// <param name="entry">Which, below <see cref="MachineEntries"/>.</param>
    /// <param name="into">At least <see cref="ServiceSet.MaxMachineEntryBytes"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    int ExportMachine(int entry, Span<byte> into) => 0;

    /// <summary>Takes one over that the same version of the service wrote on another host. The same may come again.</summary>
    /// <returns>False if the machine cannot be served here without it; the move is given up then.</returns>
    bool TryImportMachine(ReadOnlySpan<byte> entry) => false;

    /// <summary>
    /// True if the service puts packets into others, or takes them out, and so may return <see cref="ServiceVerdict.ChangeFlow"/>: encryption, tunnels.
    /// </summary>
    static virtual bool ChangesFlow => false;

    /// <summary>
    /// Makes the state of a flow good for a host that goes on with it without having seen the flow's latest packets: another host has told it from time to time, and died.
    /// </summary>
    /// <param name="state">The state as it was told.</param>
    static virtual void CatchUp(ref TState state)
    {
        // Most services do not hold later packets against earlier ones.
    }

    /// <summary>Turns the state of another version into this version's.</summary>
    /// <param name="version">The other version.</param>
    /// <param name="bytes">The state as that version exported it.</param>
    /// <param name="state">Gets the state.</param>
    /// <returns>False if the version is unknown or the bytes make no sense.</returns>
    static virtual bool TryConvert(ushort version, ReadOnlySpan<byte> bytes, out TState state)
    {
        state = default;
        return false;
    }
}
