using Weft.Host.Control;
using Weft.Host.Observe;
using Weft.Services;

namespace Weft.Simulation.Hosts;

/// <summary>
/// A machine's move between two hosts: what the two ends of the connection do, a step a tick, over a connection that stands still while hosts do, and breaks when one
/// dies or hears nothing for too long. The cluster decides whose the machine is.
/// </summary>
internal sealed class SimulatedMove
{
    private const int Silence = 50, Linger = 100, HandOver = 200;

    private readonly SimulatedHost _from, _to;
    private readonly (int From, int To) _incarnations;
    private readonly string _machine;
    private readonly uint _number;
    private readonly ulong _id;
    private readonly ulong _epoch;
    private readonly Func<bool> _isConnected;
    private readonly bool _forgets;
    private List<byte[]> _toSource = [], _toTarget = [];
    private Task<bool>? _claim;
    private Task<(bool IsHere, ulong Epoch)>? _settle;
    private int _silent, _lingering, _handingOver;
    private bool _hasMoved, _isClosed, _isArriving = true, _isLeaving = true;

    private SimulatedMove(SimulatedHost from, SimulatedHost to, string machine, MoveHello hello, ulong id, Func<bool> isConnected, bool forgets)
    {
        (_from, _to, _machine, _number, _id, _epoch, _isConnected, _forgets) = (from, to, machine, hello.Machine, id, hello.Epoch, isConnected, forgets);
        _incarnations = (from.Incarnation, to.Incarnation);
    }

    /// <summary>True when nothing more comes of it.</summary>
    public bool IsOver { get; private set; }

    /// <summary>True when the machine arrived.</summary>
    public bool HasMoved => _hasMoved;

    /// <summary>Begins; null if one of the two refuses.</summary>
    public static async Task<SimulatedMove?> BeginAsync(SimulatedHost from, SimulatedHost to, string machine, ulong id, Func<bool> isConnected, bool forgets)
    {
        try
        {
            MoveHello hello = await from.Moves!.MayLeaveAsync(machine).ConfigureAwait(false);
            var options = new MigrationOptions { Id = id, Epoch = hello.Epoch };
            if (await to.Moves!.ArriveAsync(hello.Machine, options).ConfigureAwait(false) is not null)
            {
                return null;
            }

            await from.Moves.LeaveAsync(machine, options, to.Name).ConfigureAwait(false);
            return new SimulatedMove(from, to, machine, hello, id, isConnected, forgets);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public async Task StepAsync()
    {
        bool isFromThere = _from.Incarnation == _incarnations.From && _from.Switch is not null, isToThere = _to.Incarnation == _incarnations.To && _to.Switch is not null;
        bool isHeard = isFromThere && isToThere && _from.Runs && _to.Runs && _isConnected();
        _silent = isHeard ? 0 : _silent + 1;
        // A connection that one end has closed stays closed, though the other one hears again.
        _isClosed |= _silent > Silence || !isFromThere || !isToThere;
        if (_isClosed)
        {
            await HangUpAsync(isFromThere, isToThere).ConfigureAwait(false);
            return;
        }

        if (isToThere && _to.Runs)
        {
            await ArriveAsync(isHeard).ConfigureAwait(false);
        }

        if (isFromThere && _from.Runs)
        {
            await LeaveAsync(isHeard).ConfigureAwait(false);
        }
    }

    private async Task ArriveAsync(bool isHeard)
    {
        List<MoveFrame> received = [];
        if (isHeard)
        {
            received.AddRange(_toTarget.Select(message => new MoveFrame(_hasMoved ? MoveFrameKind.Packet : MoveFrameKind.Message, message)));
            _toTarget = [];
        }

        _toSource.AddRange(await _to.Moves!.StepArrivalAsync(_number, _id, received).ConfigureAwait(false));
        if (_claim is null && await _to.Moves.ClaimDueAsync(_number, _id).ConfigureAwait(false) is ulong epoch)
        {
            _claim = _to.Owners!.TryTakeAsync(_number, epoch, default);
        }
        else if (_claim is { IsCompleted: true })
        {
            await ClaimedAsync(_claim).ConfigureAwait(false);
        }
    }

    private async Task ClaimedAsync(Task<bool> claim)
    {
        _claim = null;
        if (_forgets)
        {
            _to.Machine!.Set.Forget();
        }

        _toSource.AddRange(await _to.Moves!.ClaimedAsync(_number, _id, await claim.ConfigureAwait(false)).ConfigureAwait(false));
    }

    private async Task LeaveAsync(bool isHeard)
    {
        if (_hasMoved)
        {
            if (isHeard)
            {
                _toTarget.AddRange(await _from.Moves!.TakeHeldAsync(_machine).ConfigureAwait(false));
            }

            if (++_lingering > Linger)
            {
                _isClosed = true;
                await HangUpAsync(isFromThere: true, isToThere: true).ConfigureAwait(false);
            }

            return;
        }

        List<byte[]> received = isHeard ? _toSource : [];
        _toSource = isHeard ? [] : _toSource;
        (List<byte[]> send, MoveSnapshot state) = await _from.Moves!.StepDepartureAsync(_machine, received).ConfigureAwait(false);
        _toTarget.AddRange(send);
        _hasMoved = state.State == "moved";
        _handingOver = state.State == "committing" ? _handingOver + 1 : 0;
        // Who was told to take over and does not reach the store keeps the machine from everybody.
        _isClosed |= _handingOver > HandOver;
        if (state.State == "aborted")
        {
            _isClosed = true;
            await HangUpAsync(isFromThere: true, isToThere: true).ConfigureAwait(false);
        }
    }

    /// <summary>The connection is over. If nobody at the source can say whether the machine has gone, the cluster can.</summary>
    private async Task HangUpAsync(bool isFromThere, bool isToThere)
    {
        if (_isArriving)
        {
            await EndArrivalAsync(isToThere).ConfigureAwait(false);
        }

        if (_isLeaving)
        {
            await EndDepartureAsync(isFromThere).ConfigureAwait(false);
        }

        IsOver = !_isArriving && !_isLeaving;
    }

    private async Task EndArrivalAsync(bool isToThere)
    {
        // Who has asked the cluster waits for its answer, whatever becomes of the connection.
        if (isToThere && (!_to.Runs || _claim is { IsCompleted: false }))
        {
            return;
        }

        _isArriving = false;
        if (isToThere)
        {
            if (_claim is not null)
            {
                await ClaimedAsync(_claim).ConfigureAwait(false);
            }

            await _to.Moves!.EndArrivalAsync(_number, _id).ConfigureAwait(false);
        }
    }

    private async Task EndDepartureAsync(bool isFromThere)
    {
        if (!isFromThere)
        {
            _isLeaving = false;
        }
        else if (!_from.Runs)
        {
            return;
        }
        else if (_hasMoved)
        {
            await _from.Moves!.EndDepartureAsync(_machine).ConfigureAwait(false);
            _isLeaving = false;
        }
        else if (_settle is null)
        {
            MoveSnapshot state = await _from.Moves!.CancelDepartureAsync(_machine).ConfigureAwait(false);
            _settle = state.State == "committing" ? _from.Owners!.SettleAsync(_number, _epoch, default) : null;
            _isLeaving = _settle is not null;
        }
        else if (_settle.IsCompleted)
        {
            (bool isHere, ulong epoch) = await _settle.ConfigureAwait(false);
            _ = await (isHere ? _from.Moves!.KeepAsync(_machine, epoch) : _from.Moves!.ResolveAsync(_machine, epoch)).ConfigureAwait(false);
            // Nothing can be sent after a machine without a connection.
            await _from.Moves!.EndDepartureAsync(_machine).ConfigureAwait(false);
            _isLeaving = false;
        }
    }
}
