using Weft.Host.Observe;
using Weft.Services;

namespace Weft.Host.Control;

/// <summary>What moves ask of a running switch. Each call is carried out between two bursts.</summary>
internal interface IMoveHost
{
    /// <summary>Epoch under which this host owns, or last knew, a machine; 0 if it does not know it.</summary>
    Task<ulong> EpochOfAsync(uint machine);

    /// <summary>Begins an arrival; why not, if it is refused.</summary>
    /// <param name="machine">Number of the machine.</param>
    /// <param name="options">How to move.</param>
    /// <param name="keys">Digests of the keys with which the other host encrypts for the machine.</param>
    Task<string?> ArriveAsync(uint machine, MigrationOptions options, IReadOnlyList<string>? keys = null);

    /// <summary>The epoch from which an arriving machine is to be claimed now; null if there is nothing to claim.</summary>
    Task<ulong?> ClaimDueAsync(uint machine, ulong move);

    /// <summary>Whether an arriving machine was claimed; the messages that follow from it.</summary>
    Task<List<byte[]>> ClaimedAsync(uint machine, ulong move, bool won);

    /// <summary>Machines of which the cluster has not said whose they are, and whether this host wants those that are nobody's.</summary>
    Task<IReadOnlyList<(uint Machine, bool Wants)>> ClaimsAsync();

    /// <summary>Says whose a machine is, as the cluster has it.</summary>
    Task OwnedAsync(uint machine, bool isHere, ulong epoch, string? owner);

    /// <summary>Hands frames of the other host to an arrival.</summary>
    Task<List<byte[]>> StepArrivalAsync(uint machine, ulong move, IReadOnlyList<MoveFrame> received);

    /// <summary>The connection of an arrival has ended.</summary>
    Task EndArrivalAsync(uint machine, ulong move);

    /// <summary>Number and epoch of a machine that may leave.</summary>
    /// <exception cref="InvalidOperationException">There is none such, or it is not served here.</exception>
    Task<MoveHello> MayLeaveAsync(string machine);

    /// <summary>Begins a departure.</summary>
    Task LeaveAsync(string machine, MigrationOptions options, string to);

    /// <summary>Hands messages to a departure.</summary>
    Task<(List<byte[]> Send, MoveSnapshot State)> StepDepartureAsync(string machine, IReadOnlyList<byte[]> received);

    /// <summary>Gives a departure up, if that is still possible.</summary>
    Task<MoveSnapshot> CancelDepartureAsync(string machine);

    /// <summary>Ends a departure about which nobody could say whether it succeeded.</summary>
    Task<MoveSnapshot> ResolveAsync(string machine, ulong epoch);

    /// <summary>Ends a departure in the same case with the machine here, under an epoch that the cluster has given it since.</summary>
    Task<MoveSnapshot> KeepAsync(string machine, ulong epoch);

    /// <summary>Ends a departure in the same case by word of a person.</summary>
    /// <exception cref="InvalidOperationException">It is not in doubt, or the cluster decides.</exception>
    Task<MoveSnapshot> SettleAsync(string machine, bool isHere);

    /// <summary>Takes packets that are to be sent after a machine.</summary>
    Task<List<byte[]>> TakeHeldAsync(string machine);

    /// <summary>Nothing more is sent after a machine; what waits is dropped.</summary>
    Task EndDepartureAsync(string machine);
}
