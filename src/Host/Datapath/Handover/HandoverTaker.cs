using System.Net.Sockets;
using System.Text.Json;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Handover;

/// <summary>The side of the switch that is to go on in another's place.</summary>
internal sealed class HandoverTaker : IDisposable
{
    private readonly DescriptorChannel _channel;
    private readonly HandoverOffer _offer;
    private readonly int[] _descriptors;
    private readonly Dictionary<OfferedPort, IHandoverPort> _taken = [];
    private HandoverGoods? _goods;
    private bool _hasListener = true;

    private HandoverTaker(DescriptorChannel channel, SwitchPlan plan)
    {
        _channel = channel;
        _offer = HandoverProtocol.Receive<HandoverOffer>(channel, HandoverProtocol.PreparationPatience, out _descriptors);
        if ((ProblemOf(_offer, _descriptors.Length) ?? ProblemOf(_offer, plan)) is string problem)
        {
            PortDescriptors.Close(_descriptors);
            throw new SwitchStartException($"the running switch cannot be taken over: {problem}");
        }
    }

    /// <summary>Why an offer that came with so many descriptors cannot be taken; null if it can.</summary>
    internal static string? ProblemOf(HandoverOffer offer, int descriptors) =>
        offer.Format != HandoverOffer.CurrentFormat ? $"it speaks form {offer.Format} of the handover and this program {HandoverOffer.CurrentFormat}; stop it and start this one"
        : offer.Refusal is not null ? offer.Refusal
        : offer.Listeners is not [HandoverGiver.ControlListener] || offer.Ports.Any(port => port.Descriptors < 0) || offer.Ports.Sum(port => (long)port.Descriptors) + 1 != descriptors ? "it offers other descriptors than it sends"
        : null;

    /// <summary>Why the two cannot be one member of a cluster after the other; null if they can.</summary>
    private static string? ProblemOf(HandoverOffer offer, SwitchPlan plan) =>
        offer.Cluster == (plan.Cluster is null ? null : ClusterMember.IdentityOf(plan.Cluster)) ? null : "it is another member of a cluster than the configuration says; stop it and start this one";

    /// <summary>What the other switch knew.</summary>
    /// <exception cref="IOException">It does not say where each of so many ports goes on.</exception>
    internal static SwitchSnapshot StateOf(HandoverGoods goods, int ports) =>
        goods.Positions.Count == ports ? goods.State : throw new IOException("it does not say where to go on");

    /// <summary>What the other process had in the cluster; null if it was in none.</summary>
    public ClusterSession? Session => _goods?.Session;

    /// <summary>When the other process took its last frame.</summary>
    public Timestamp StoodStillAt => new(_goods!.StoodStillAt);

    /// <summary>The earliest moment that what it knows counts from.</summary>
    public Timestamp OldestMoment => new(Math.Clamp(_offer.OldestMoment, 0, Timestamp.FromMonotonicClock().Nanoseconds));

    /// <summary>
    /// True if the switch can be built while the other one forwards. Not with encryption, whose sequence numbers go on where the other stopped, and not with
    /// sensors, whose files the other writes.
    /// </summary>
    public static bool CanBuildAhead(SwitchPlan plan) =>
        plan.Ids.Count == 0 && plan.Vteps.All(vtep => vtep.Security.Count == 0) && plan.Services.All(service => service.Encryption.Count == 0 && service.Inspection is null);

    /// <summary>Asks the switch that answers on the control socket; null if none does.</summary>
    /// <exception cref="SwitchStartException">It refuses, or is of another version.</exception>
    public static HandoverTaker? Connect(SwitchPlan plan)
    {
        if (plan.ControlSocket is not string path)
        {
            throw new SwitchStartException("switch.controlSocket: a running switch is taken over through it, and the configuration names none");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }

        var channel = new DescriptorChannel(socket);
        try
        {
            _ = socket.Send([.. JsonSerializer.SerializeToUtf8Bytes(new ControlRequest { Verb = HandoverProtocol.Verb }, SnapshotJson.Compact.ControlRequest), (byte)'\n']);
            return new HandoverTaker(channel, plan);
        }
        catch (Exception failed) when (failed is IOException or SocketException)
        {
            channel.Dispose();
            throw new SwitchStartException($"the switch at {path} cannot be taken over: {failed.Message}", failed);
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Makes a port of the plan from what the other switch has of its device, or opens it.</summary>
    public IPort Open(PortPlan plan, Func<PortPlan, IPort> open)
    {
        int first = 0;
        foreach (OfferedPort offered in _offer.Ports)
        {
            if (plan.Device is not null && (offered.Device, offered.NetworkNamespace) == (plan.Device, plan.NetworkNamespace) && !_taken.ContainsKey(offered))
            {
                int[] descriptors = _descriptors[first..(first + offered.Descriptors)];
                Array.Clear(_descriptors, first, offered.Descriptors);
                bool isSame = (offered.Kind, offered.Mode, offered.MtuBytes) == (plan.Kind, plan.Driver, plan.MtuBytes);
                PortHandover? handover = isSame && offered.Layout is not null ? new PortHandover(plan.Kind.ToString(), offered.Layout, descriptors) : null;
                if (handover is null)
                {
                    PortDescriptors.Close(descriptors);
                }

                IHandoverPort port = PortFactory.Inherit(plan, handover);
                _taken[offered] = port;
                return port;
            }

            first += offered.Descriptors;
        }

        return open(plan);
    }

    /// <summary>Has the other switch stand still, and takes what it knew.</summary>
    /// <exception cref="SwitchStartException">It is gone, or goes on itself.</exception>
    public SwitchSnapshot Take() => Try(() =>
    {
        _channel.Send(HandoverProtocol.Ready, [], HandoverProtocol.StandstillPatience);
        _goods = HandoverProtocol.Receive<HandoverGoods>(_channel, HandoverProtocol.PreparationPatience, out int[] surplus);
        PortDescriptors.Close(surplus);
        return StateOf(_goods, _offer.Ports.Count);
    });

    /// <summary>The control socket that the other switch listens on.</summary>
    public Socket TakeListener()
    {
        _hasListener = false;
        return new Socket(new SafeSocketHandle(_descriptors[^1], ownsHandle: true));
    }

    /// <summary>Agrees with the other switch that this one goes on from now on, and has the ports go on.</summary>
    /// <exception cref="SwitchStartException">It goes on itself, or is gone.</exception>
    public void Confirm() => Try(() =>
    {
        _channel.Send(HandoverProtocol.Taken, [], HandoverProtocol.StandstillPatience);
        HandoverProtocol.Expect(_channel, HandoverProtocol.Yours, HandoverProtocol.StandstillPatience);
        foreach ((OfferedPort offered, IReadOnlyList<long> position) in _offer.Ports.Zip(_goods!.Positions))
        {
            _ = _taken.TryGetValue(offered, out IHandoverPort? port);
            port?.Begin(position);
        }

        return true;
    });

    /// <summary>True if the other process has let go of everything; waits for it a while.</summary>
    public bool HasEnded(TimeSpan patience) => _channel.WaitForEnd(patience);

    public void Dispose()
    {
        PortDescriptors.Close([.. _descriptors.SkipLast(_hasListener ? 0 : 1).Where(left => left > 0)]);
        Array.Clear(_descriptors);
        _channel.Dispose();
    }

    private static T Try<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (IOException failed)
        {
            throw new SwitchStartException($"the running switch was not taken over and goes on: {failed.Message}", failed);
        }
    }
}
