using System.Net.Sockets;
using Weft.Analytics;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Traffic;

/// <summary>Sends flow reports to a collector as IPFIX over UDP (RFC 7011 section 10.3).</summary>
internal sealed class FlowExporter : IDisposable
{
    // Within the smallest MTU of the Internet that nobody fragments below: IPv6's, less its and UDP's headers.
    private const int MessageBytes = 1232;
    private static readonly TimeSpan TemplateInterval = TimeSpan.FromMinutes(1);

    private readonly Socket _socket;
    private readonly IpfixWriter _writer;
    private readonly byte[] _message = new byte[MessageBytes];
    private readonly List<FlowReport> _waiting = [];
    private Timestamp? _templatesDue;

    public FlowExporter(FlowMeterPlan plan)
    {
        _writer = new IpfixWriter(plan.Domain);
        _socket = new Socket(plan.Collector!.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(plan.Collector);
    }

    /// <summary>Messages sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Messages that the system refused: the collector is not there, most likely.</summary>
    public long Failed { get; private set; }

    public void Add(in FlowReport report) => _waiting.Add(report);

    /// <summary>Sends what waits.</summary>
    public void Flush(Timestamp now)
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        uint seconds = (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        long offset = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - now.Nanoseconds / 1_000_000;
        if (_templatesDue is not Timestamp due || now >= due)
        {
            Send(_writer.WriteTemplates(_message, seconds));
            _templatesDue = now + TemplateInterval;
        }

        FlowReport[] reports = [.. _waiting.OrderBy(report => report.Key.Source.High != 0 || report.Key.Source.Low >> 32 != 0xFFFF)];
        _waiting.Clear();
        for (int done = 0; done < reports.Length;)
        {
            done += _writer.WriteData(reports.AsSpan(done), _message, seconds, offset, out int length);
            Send(length);
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(int length)
    {
        try
        {
            _ = _socket.Send(_message.AsSpan(0, length));
            Sent++;
        }
        catch (SocketException)
        {
            Failed++;
        }
    }
}
