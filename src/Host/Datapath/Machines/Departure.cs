using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>A machine's move to another host, as the first worker sees it. Messages are brought and fetched between two bursts.</summary>
internal sealed class Departure
{
    /// <summary>Packets that are kept while the machine belongs to nobody for a moment, and after that on their way behind it.</summary>
    private const int HeldBytes = 4 << 20;

    /// <summary>What a freeze may take beyond the time that its bytes need: a few messages there and back.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(2);

    private const double Slack = 1.5;

    private readonly Timestamp _began;
    private readonly MigrationSource _source;
    private readonly byte[] _message;

    public Departure(Machine machine, MigrationOptions options, string to, Timestamp now)
    {
        (To, _message, _began) = (to, new byte[options.MessageBytes], now);
        _source = new MigrationSource(machine.Set, options, now);
    }

    /// <summary>Name of the other host.</summary>
    public string To { get; }

    /// <summary>Packets that wait, for the end of the move or to be sent after the machine.</summary>
    public HeldPackets Held { get; } = new(HeldBytes);

    public MigrationSource Source => _source;

    /// <summary>How long the machine was nobody's; zero before it was.</summary>
    public TimeSpan Frozen { get; private set; }

    /// <summary>How long it should have been nobody's at most: one and a half times what the bytes sent meanwhile take at the rate of those before, and two milliseconds.</summary>
    public TimeSpan FrozenBound => _source.FrozenAt == default || _source.BytesSent == _source.FrozenBytes
        ? Allowance
        : (_source.FrozenAt - _began) * (Slack * _source.FrozenBytes / (_source.BytesSent - _source.FrozenBytes)) + Allowance;

    /// <summary>Packets that were held.</summary>
    public long HeldPackets { get; set; }

    /// <summary>Takes messages and gives those that are to be sent.</summary>
    public void Step(IEnumerable<byte[]> received, List<byte[]> send, Timestamp now)
    {
        foreach (byte[] message in received)
        {
            Take(_source.Step(message, now, _message), send);
        }

        int length;
        do
        {
            length = _source.Step([], now, _message);
            Take(length, send);
        }
        while (length > 0);
        if (Frozen == default && _source.FrozenAt != default && _source.State is MigrationState.Moved or MigrationState.Aborted)
        {
            Frozen = now - _source.FrozenAt;
        }
    }

    private void Take(int length, List<byte[]> send)
    {
        if (length > 0)
        {
            send.Add(_message[..length]);
        }
    }
}
