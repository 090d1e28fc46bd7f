using Weft.Packets;
using Weft.Ports.Pcap;

namespace Weft.Ports;

/// <summary>
/// Replays a capture file and records what is sent into another. Frames arrive at the times that the file says, on the clock
/// of the caller, whose origin is the Unix epoch.
/// </summary>
/// <remarks>
/// A damaged capture delivers every frame before the damage, then the port is <see cref="PortStatus.Ended"/> and
/// <see cref="Error"/> says what is wrong at which byte. A frame that was cut when it was captured is delivered as short as
/// it is. Written files are whole up to their last flushed record, also if the process is killed.
/// </remarks>
public sealed class PcapPort : IPort
{
    private const int LongestFrame = 262_144;
    private readonly CaptureInput? _input;
    private CaptureOutput? _output;
    private string? _outputError;
    private PortCounters _counters;

    /// <summary>Opens the captures.</summary>
    /// <param name="name">The name that configuration, counters and traces use; a pcapng file carries it as the interface's.</param>
    /// <param name="options">Which files.</param>
    /// <exception cref="ArgumentException">Both paths name the same file.</exception>
    /// <exception cref="IOException">A file cannot be opened or made.</exception>
    /// <exception cref="InvalidDataException">The file to read is no capture, or one of something other than Ethernet.</exception>
    public PcapPort(string name, PcapPortOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        if (options is { ReadPath: { } read, WritePath: { } write } && Path.GetFullPath(read) == Path.GetFullPath(write))
        {
            throw new ArgumentException($"PcapPortOptions.ReadPath and WritePath must differ, both are {read}", nameof(options));
        }

        Name = name;
        _input = options.ReadPath is null ? null : new CaptureInput(options.ReadPath);
        try
        {
            _output = options.WritePath is null ? null : new CaptureOutput(options.WritePath, name);
        }
        catch
        {
            _input?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; } = new("pcap", LongestFrame, IsLive: false);

    /// <summary>Ended once the last frame was taken; never down.</summary>
    public PortStatus Status => _input is { HasFrame: true } ? PortStatus.Up : PortStatus.Ended;

    /// <summary>What is wrong with a capture, with its path and the byte; null if nothing is.</summary>
    public string? Error => _input?.Error ?? _outputError;

    /// <inheritdoc/>
    public ref readonly PortCounters Counters => ref _counters;

    /// <summary>-1: files are always readable.</summary>
    public int PollDescriptor => -1;

    /// <summary>The timestamp of the next frame, or that of the one before if the file goes back in time.</summary>
    public Timestamp NextArrival => _input is { HasFrame: true } ? _input.Time : Timestamp.MaxValue;

    /// <inheritdoc/>
    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int received = 0;
        while (received < burst.Length && NextArrival <= now && _input is { HasFrame: true })
        {
            ReadOnlySpan<byte> frame = _input.Frame;
            if (frame.Length > pool.MaxPacketBytes)
            {
                _counters.ReceivedOversize++;
                _input.Advance();
                continue;
            }

            if (!pool.TryRent(out Packet packet))
            {
                break;
            }

            packet.Length = frame.Length;
            frame.CopyTo(pool.Bytes(packet));
            _input.Advance();
            _counters.ReceivedFrames++;
            _counters.ReceivedBytes += packet.Length;
            burst[received++] = packet;
        }

        return received;
    }

    /// <inheritdoc/>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        foreach (ref readonly Packet packet in burst)
        {
            Send(pool.Bytes(packet), now);
        }

        return burst.Length;
    }

    /// <summary>Hands what was written to the file system.</summary>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Flush() => _output?.Flush();

    /// <summary>Closes the files.</summary>
    /// <exception cref="IOException">What was still buffered could not be written.</exception>
    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
        _output = null;
    }

    private void Send(ReadOnlySpan<byte> frame, Timestamp now)
    {
        if (frame.Length > LongestFrame)
        {
            _counters.SendOversize++;
            return;
        }

        if (_outputError is not null)
        {
            _counters.SendRejected++;
            return;
        }

        try
        {
            _output?.Write(now, frame);
        }
        catch (IOException failing)
        {
            // A full disk must not stop a switch: from here on frames are refused, and the reason can be read.
            _outputError = failing.Message;
            _counters.SendRejected++;
            return;
        }

        _counters.SentFrames++;
        _counters.SentBytes += frame.Length;
    }
}
