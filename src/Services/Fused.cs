using System.Diagnostics.CodeAnalysis;

namespace Weft.Services;

/// <summary>
/// Two services as one, which the compiler makes one piece of code: what the second finds in the packet's headers is still in registers and in the nearest cache,
/// and one walk over the burst is saved. Services that follow each other, that read and change headers but neither resize packets nor change their
/// flow, do the same fused as they do one after the other; more than two are fused by fusing what was fused.
/// </summary>
/// <remarks>
/// They share one place in the order, one mask bit, one policy for failures (the stricter one) and one set of counters. A packet that one of them need not see
/// any more (<see cref="ServiceVerdict.PassAndLeave"/>) it sees all the same.
/// </remarks>
/// <typeparam name="TFirst">The one nearer to the machine.</typeparam>
/// <typeparam name="TFirstState">Its state.</typeparam>
/// <typeparam name="TSecond">The one nearer to the network.</typeparam>
/// <typeparam name="TSecondState">Its state.</typeparam>
public struct Fused<TFirst, TFirstState, TSecond, TSecondState> : IService<FusedState<TFirstState, TSecondState>>
    where TFirst : struct, IService<TFirstState>
    where TFirstState : unmanaged
    where TSecond : struct, IService<TSecondState>
    where TSecondState : unmanaged
{
    private TFirst _first;
    private TSecond _second;

    /// <summary>Fuses two services.</summary>
    /// <exception cref="ArgumentException">One of them changes the flow of packets.</exception>
    public Fused(TFirst first, TSecond second)
    {
        if (TFirst.ChangesFlow || TSecond.ChangesFlow)
        {
            throw new ArgumentException($"{TFirst.Info.Kind} and {TSecond.Info.Kind} cannot be fused: one of them makes packets of one flow those of another.");
        }

        (_first, _second) = (first, second);
    }

    /// <summary>The one nearer to the machine, for its operator: <see cref="ServiceSet.ServiceAt{TService, TState}"/>.</summary>
    [UnscopedRef]
    public ref TFirst First => ref _first;

    /// <summary>The one nearer to the network.</summary>
    [UnscopedRef]
    public ref TSecond Second => ref _second;

    /// <summary>Both kinds, both versions in one octet each, and the stricter of what both say about moves and failures.</summary>
    static ServiceInfo IService<FusedState<TFirstState, TSecondState>>.Info { get; } = new()
    {
        Kind = $"{TFirst.Info.Kind}+{TSecond.Info.Kind}",
        StateVersion = (ushort)(((byte)TFirst.Info.StateVersion << 8) | (byte)TSecond.Info.StateVersion),
        State = Stricter(TFirst.Info.State, TSecond.Info.State),
        WhenFailed = Stricter(TFirst.Info.WhenFailed, TSecond.Info.WhenFailed),
    };

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref FusedState<TFirstState, TSecondState> state)
    {
        bool outwards = call.Direction == ServiceDirection.FromMachine;
        ServiceVerdict verdict = outwards ? _first.Process(ref call, ref state.First) : _second.Process(ref call, ref state.Second);
        if (verdict is ServiceVerdict.Pass or ServiceVerdict.PassAndLeave && !call.AsksToResize)
        {
            verdict = outwards ? _second.Process(ref call, ref state.Second) : _first.Process(ref call, ref state.First);
        }

        if (call.AsksToResize)
        {
            throw new InvalidOperationException($"{TFirst.Info.Kind}+{TSecond.Info.Kind} resizes packets, which services that are fused must not.");
        }

        return verdict == ServiceVerdict.PassAndLeave ? ServiceVerdict.Pass : verdict;
    }

    /// <inheritdoc/>
    public void End(ref FusedState<TFirstState, TSecondState> state)
    {
        _first.End(ref state.First);
        _second.End(ref state.Second);
    }

    static void IService<FusedState<TFirstState, TSecondState>>.CatchUp(ref FusedState<TFirstState, TSecondState> state)
    {
        TFirst.CatchUp(ref state.First);
        TSecond.CatchUp(ref state.Second);
    }

    /// <inheritdoc/>
    public int MachineEntries => _first.MachineEntries + _second.MachineEntries;

    /// <inheritdoc/>
    public int ExportMachine(int entry, Span<byte> into)
    {
        bool isSecond = entry >= _first.MachineEntries;
        into[0] = isSecond ? (byte)1 : (byte)0;
        return 1 + (isSecond ? _second.ExportMachine(entry - _first.MachineEntries, into[1..]) : _first.ExportMachine(entry, into[1..]));
    }

    /// <inheritdoc/>
    public bool TryImportMachine(ReadOnlySpan<byte> entry) =>
        !entry.IsEmpty && (entry[0] == 0 ? _first.TryImportMachine(entry[1..]) : _second.TryImportMachine(entry[1..]));

    /// <inheritdoc/>
    public readonly string? Explain(in FusedState<TFirstState, TSecondState> state)
    {
        (TFirst first, TSecond second) = (_first, _second);
        return string.Join("; ", new[] { first.Explain(in state.First), second.Explain(in state.Second) }.Where(words => words is not null));
    }

    private static StateKind Stricter(StateKind one, StateKind other) =>
        one == StateKind.Pinned || other == StateKind.Pinned ? StateKind.Pinned : one == StateKind.Migratable || other == StateKind.Migratable ? StateKind.Migratable : one;

    private static FailurePolicy Stricter(FailurePolicy one, FailurePolicy other) =>
        one == FailurePolicy.FailClosed || other == FailurePolicy.FailClosed ? FailurePolicy.FailClosed
        : one == FailurePolicy.BypassEstablished || other == FailurePolicy.BypassEstablished ? FailurePolicy.BypassEstablished
        : one;
}
