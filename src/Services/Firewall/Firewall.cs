using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// A stateful firewall: a flow is judged when it begins, its packets pass by memory, in both directions, and all flows are
/// judged again, each at its next packet, when the policy changes.
/// </summary>
/// <param name="policy">The rules.</param>
public struct Firewall(FirewallPolicy policy) : IService<FirewallState>
{
    private FirewallPolicy _policy = policy;
    private FirewallCounters _counters;

    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "firewall", StateVersion = 1 };

    /// <summary>The rules in force. A new policy takes effect with the next packet.</summary>
    public FirewallPolicy Policy
    {
        readonly get => _policy;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _policy = value;
        }
    }

    /// <summary>What happened so far.</summary>
    public readonly FirewallCounters Counters => _counters;

    /// <inheritdoc/>
    public readonly void End(ref FirewallState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref FirewallState state)
    {
        if (state.Generation != _policy.Generation && !Judge(ref call, ref state))
        {
            return ServiceVerdict.Drop;
        }

        if (state.Allowed != 0)
        {
            return ServiceVerdict.Pass;
        }

        _counters.Denied++;
        return ServiceVerdict.Drop;
    }

    /// <inheritdoc/>
    public readonly string? Explain(in FirewallState state)
    {
        if (state.Generation != _policy.Generation)
        {
            return null;
        }

        string by = state.Rule < _policy.Rules.Count ? $"rule {_policy.Rules[state.Rule].Name}" : "no rule, by default";
        return $"{(state.Allowed != 0 ? "allowed" : "refused")}: {by}";
    }

    /// <summary>Judges the flow by the policy in force. False if the packet cannot show which flow it is.</summary>
    private bool Judge(ref ServiceCall call, ref FirewallState state)
    {
        if (!call.TryDescribeFlow(out ServiceFlow flow))
        {
            // An error or a later fragment of a flow that the new policy has not judged: it waits for a packet with ports.
            if (state.Generation == 0)
            {
                _counters.Denied++;
                return false;
            }

            return true;
        }

        bool before = state.Allowed != 0;
        FirewallAction action = _policy.Judge(flow, out int rule);
        state = new FirewallState { Generation = _policy.Generation, Rule = (ushort)rule, Allowed = (byte)(action == FirewallAction.Allow ? 1 : 0) };
        _counters.Judged++;
        _counters.Revoked += before && action != FirewallAction.Allow ? 1 : 0;
        if (action == FirewallAction.Reject)
        {
            // Once a flow that lives on, not once a packet: its sender would be told again and again what it knows.
            _ = call.TryReject() ? _counters.Rejected++ : _counters.Unanswered++;
        }

        return true;
    }
}
