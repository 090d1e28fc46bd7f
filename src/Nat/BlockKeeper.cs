using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Keeps an engine in blocks: asks for another one before the free ports run out, renews leases, gives up what is not needed any
/// more, and ends at once whatever uses a block whose lease was lost or ran out.
/// </summary>
/// <remarks>
/// Call <see cref="Advance"/> about once a second. Its work is proportional to the number of blocks, but for a lost one, which costs a pass over
/// the engine's table. One thread uses a keeper, its engine and its leases.
/// </remarks>
public sealed class BlockKeeper
{
    private readonly NatEngine _engine;
    private readonly IPortBlockLeases _leases;
    private readonly BlockKeeperOptions _options;
    private readonly List<Held> _held = [];
    private Timestamp _askedUntil = new(long.MinValue);
    private bool _asked;

    /// <summary>Creates a keeper that has nothing yet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public BlockKeeper(NatEngine engine, IPortBlockLeases leases, BlockKeeperOptions options)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(leases);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_engine, _leases, _options) = (engine, leases, options);
    }

    /// <summary>The blocks that the engine has from here, draining ones included.</summary>
    public IEnumerable<PortBlock> Blocks => _held.Select(held => held.Block);

    /// <summary>Blocks that were lost: their lease was ended by others, or ran out without an answer.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes a block that this host had before the engine began, as after a change of configuration, without asking for it.</summary>
    /// <returns>False if the engine can do nothing with it (<see cref="NatEngine.TryAddBlock"/>).</returns>
    public bool TryAdopt(PortBlock block, Timestamp expires, Timestamp now)
    {
        if (!_engine.TryAddBlock(block, now, holdDown: false, expires))
        {
            return false;
        }

        _held.Add(new Held(block, expires, now));
        return true;
    }

    /// <summary>Takes answers, and asks for, renews, drains and releases blocks as it is time for.</summary>
    public void Advance(Timestamp now)
    {
        // Who stood still may find its leases longer than it knew: whoever keeps them had its turn first.
        foreach (Held held in _held)
        {
            if (now >= held.Expires)
            {
                _leases.Renew(held.Block, now);
            }
        }

        while (_leases.TryTakeAnswer(now, out LeaseAnswer answer))
        {
            Take(in answer, now);
        }

        int spare = 0;
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            Held held = _held[i];
            if (now >= held.Expires)
            {
                Lose(held.Block, now); // its owner may give it away from now on
                continue;
            }

            bool known = _engine.TryGetBlock(held.Block, now, out PortBlockState state);
            if (!known || (state.Draining && state.IsIdle))
            {
                _ = _engine.TryRemoveBlock(held.Block, now);
                _leases.Release(held.Block, now);
                _held.RemoveAt(i);
                continue;
            }

            spare += state.Draining ? 0 : state.Free;
            if (held.Expires - now <= _options.RenewBefore && now >= held.NextRenewal)
            {
                _leases.Renew(held.Block, now);
                _held[i] = held with { NextRenewal = now + _options.Retry };
            }
        }

        if (spare < _options.SparePorts)
        {
            Ask(now);
        }
        else
        {
            DrainSurplus(spare, now);
        }
    }

    private void Ask(Timestamp now)
    {
        if (_held.Count >= _options.MaxBlocks || now < _askedUntil)
        {
            return;
        }

        // A machine keeps its shared address, so it is helped only by a block of the same one.
        _leases.Request(_held.Count == 0 ? default : _held[^1].Block.Address, now);
        _asked = true;
        _askedUntil = now + _options.Retry;
    }

    private void Take(in LeaseAnswer answer, Timestamp now)
    {
        PortBlock block = answer.Block;
        int index = _held.FindIndex(held => held.Block == block);
        switch (answer.Kind)
        {
            case LeaseAnswerKind.Granted when _asked && _engine.TryAddBlock(block, now, answer.HoldDown, answer.Expires, answer.Predecessor):
                _held.Add(new Held(block, answer.Expires, now));
                _askedUntil = now;
                _asked = false;
                break;
            case LeaseAnswerKind.Granted when index < 0:
                _leases.Release(block, now); // not asked for, or nothing that the engine can use
                break;
            case LeaseAnswerKind.Renewed when index >= 0 && _engine.TryRenewBlock(block, answer.Expires):
                _held[index] = _held[index] with { Expires = answer.Expires };
                break;
            case LeaseAnswerKind.Lost when index >= 0:
                Lose(block, now);
                break;
            default:
                break;
        }
    }

    private void Lose(PortBlock block, Timestamp now)
    {
        _ = _engine.TryRevokeBlock(block, now);
        _ = _held.RemoveAll(held => held.Block == block);
        Lost++;
    }

    /// <summary>Drains one block that nobody uses if twice as many ports as must be would be left.</summary>
    private void DrainSurplus(int spare, Timestamp now)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            PortBlock block = _held[i].Block;
            if (_engine.TryGetBlock(block, now, out PortBlockState state)
                && !state.Draining
                && state.Used == 0
                && spare - state.Free >= 2 * _options.SparePorts)
            {
                _ = _engine.TryDrainBlock(block);
                return;
            }
        }
    }

    private readonly record struct Held(PortBlock Block, Timestamp Expires, Timestamp NextRenewal);
}
