using Weft.Packets;

namespace Weft.Simulation.Traffic;

/// <summary>
/// A client's connection to a server, one question at a time, repeated until it is answered; when nothing comes of it for long, the client gives up and opens
/// another one. Whether it may have to is what the mechanism on its way promises.
/// </summary>
internal sealed class Conversation
{
    private const int Pause = 10, Repeat = 20, Doubt = 80;

    /// <summary>Questions of a brief connection, and the ticks for which its client waits.</summary>
    private const int Brief = 5, Impatience = 45;

    /// <summary>Ticks without an answer after which a client opens another connection: longer than any single fault lasts.</summary>
    private const int Patience = 500;

    private readonly byte _number;
    private readonly IPv4Address _server;
    private readonly IPv4Address _source;
    private readonly Func<long> _ground;
    private readonly bool _isBrief;
    private Station _client;
    private uint _next, _expected, _message;
    private ushort _port;
    private long _lastSent, _lastProgress, _lastAnswer = -1_000, _nextTalk;
    private long _groundThen;
    private bool _isOpen, _isWaiting;

    /// <param name="number">Unlike every other's.</param>
    /// <param name="name">For messages.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="server">Who is asked.</param>
    /// <param name="ground">Changes when the mechanism on the way loses what it promised to keep.</param>
    /// <param name="source">The client's address, if it is not its machine's.</param>
    /// <param name="isBrief">Whether the client ends connections soon, and gives up at once.</param>
    public Conversation(byte number, string name, Station client, IPv4Address server, Func<long>? ground = null, IPv4Address? source = null, bool isBrief = false)
    {
        (_number, Name, _client, _server, _ground, _source) = (number, name, client, server, ground ?? (() => 0), source ?? client.Address);
        _isBrief = isBrief;
        client.Conversations.Add(this);
    }

    public string Name { get; }

    public byte Tenant => _client.Tenant;

    public byte Number => _number;

    public ushort Connection { get; private set; }

    /// <summary>True if what the connection stands on has changed since it was opened.</summary>
    public bool IsExcused => _ground() != _groundThen;

    /// <summary>Messages answered.</summary>
    public long Answers { get; private set; }

    /// <summary>Connections that ended before their time without an excuse, and why.</summary>
    public List<string> Broken { get; } = [];

    public bool IsFluent => _client.World.Tick - _lastAnswer < 60;

    /// <summary>Goes on behind another machine.</summary>
    public void MoveTo(Station client)
    {
        _ = _client.Conversations.Remove(this);
        _client = client;
        client.Conversations.Add(this);
    }

    public bool Concerns(IPv4View packet, TcpView segment) =>
        segment.DestinationPort == _port && packet.Destination == _source && packet.Source == _server && segment.SourcePort == 7_000;

    /// <summary>The connection is over, and so is its promise if it has one.</summary>
    public void Break(string why)
    {
        if (!IsExcused && !_isBrief)
        {
            Broken.Add($"{Name}, connection {Connection}: {why} at {_client.World.Tick * World.SimulatedWorld.TickMilliseconds} ms");
        }

        Open();
    }

    public void Act()
    {
        long now = _client.World.Tick;
        if (Connection == 0)
        {
            Open();
        }

        if (now - _lastProgress > (_isBrief ? Impatience : Patience))
        {
            Break("no answer for long");
        }
        else if (_isWaiting ? now - _lastSent >= Repeat : now >= _nextTalk)
        {
            if (now - _lastProgress >= Doubt && (now - _lastProgress) % Doubt < Repeat)
            {
                _client.Doubt(_server);
            }

            if (_isBrief && !_isWaiting && _message >= Brief)
            {
                _client.SendTcp(_source, _server, Header(TcpFlags.Rst | TcpFlags.Ack), []);
                Open();
            }

            _message += _isWaiting || !_isOpen ? 0u : 1u;
            Talk();
        }
    }

    public void Hear(TcpView segment, Letter? letter)
    {
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            Break("reset");
        }
        else if (!_isOpen && (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack) && segment.AcknowledgmentNumber == _next)
        {
            (_isOpen, _expected) = (true, segment.SequenceNumber + 1);
            Progress();
            _client.SendTcp(_source, _server, Header(TcpFlags.Ack), []);
        }
        else if (_isOpen && _isWaiting && letter is { } said && said.Number == _message && said.Connection == Connection)
        {
            _next += Letter.Length;
            _expected += Letter.Length;
            Answers++;
            Progress();
        }
    }

    private void Open()
    {
        Connection++;
        _port = (ushort)(20_000 + (_number * 64) + (Connection % 64));
        _next = ((uint)_number << 24) + ((uint)Connection << 12) + 1;
        (_isOpen, _isWaiting, _message) = (false, false, 0);
        (_lastProgress, _nextTalk, _groundThen) = (_client.World.Tick, _client.World.Tick, _ground());
    }

    private void Progress()
    {
        _isWaiting = false;
        _lastProgress = _lastAnswer = _client.World.Tick;
        _nextTalk = _lastProgress + Pause;
    }

    private void Talk()
    {
        (_lastSent, _isWaiting) = (_client.World.Tick, true);
        if (_isOpen)
        {
            _client.SendTcp(_source, _server, Header(TcpFlags.Ack | TcpFlags.Psh), new Letter(Tenant, _number, Connection, _message).Write());
        }
        else
        {
            _client.SendTcp(_source, _server, Header(TcpFlags.Syn) with { SequenceNumber = _next - 1 }, []);
        }
    }

    private TcpHeader Header(TcpFlags flags) => new()
    {
        SourcePort = _port,
        DestinationPort = 7_000,
        SequenceNumber = _next,
        AcknowledgmentNumber = (flags & TcpFlags.Ack) != 0 ? _expected : 0,
        Flags = flags,
        Window = 8_192,
    };
}
