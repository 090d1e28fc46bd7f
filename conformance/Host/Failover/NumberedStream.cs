using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>A thousand numbered datagrams a second from one namespace to another; remembers when each arrived.</summary>
internal sealed class NumberedStream : IDisposable
{
    private const int Port = 5000;
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private readonly Lock _lock = new();
    private readonly List<(int Number, double Milliseconds)> _arrivals = [];
    private readonly IPEndPoint _to;
    private volatile bool _stop;

    public NumberedStream(NetNamespace from, NetNamespace to, string address)
    {
        _to = new IPEndPoint(IPAddress.Parse(address), Port);
        _receiver = to.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _receiver.Bind(new IPEndPoint(IPAddress.Any, Port));
        _receiver.ReceiveTimeout = 100;
        _sender = from.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _sending = new Thread(Send) { IsBackground = true, Priority = ThreadPriority.Highest };
        _receiving = new Thread(Receive) { IsBackground = true, Priority = ThreadPriority.Highest };
        _receiving.Start();
        _sending.Start();
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _arrivals.Count;
            }
        }
    }

    /// <summary>Waits until this many more have arrived.</summary>
    public bool Flows(int more, TimeSpan atMost)
    {
        int before = Count;
        return Wait.Until(() => Count >= before + more, atMost);
    }

    /// <summary>Longest time without an arrival, and how many arrived more than once, since the last call.</summary>
    public (double LongestGapMilliseconds, int Duplicates) Take()
    {
        lock (_lock)
        {
            double longest = 0;
            for (int i = 1; i < _arrivals.Count; i++)
            {
                longest = Math.Max(longest, _arrivals[i].Milliseconds - _arrivals[i - 1].Milliseconds);
            }

            int duplicates = _arrivals.Count - _arrivals.Select(arrival => arrival.Number).Distinct().Count();
            _arrivals.Clear();
            return (longest, duplicates);
        }
    }

    public void Dispose()
    {
        _stop = true;
        _sending.Join();
        _receiving.Join();
        _sender.Dispose();
        _receiver.Dispose();
    }

    private void Send()
    {
        byte[] datagram = new byte[64];
        var watch = Stopwatch.StartNew();
        for (int number = 0; !_stop; number++)
        {
            BinaryPrimitives.WriteInt32BigEndian(datagram, number);
            _ = _sender.SendTo(datagram, _to);
            while (watch.Elapsed.TotalMilliseconds < number + 1 && !_stop)
            {
                Thread.Sleep(TimeSpan.FromMicroseconds(200));
            }
        }
    }

    private void Receive()
    {
        byte[] datagram = new byte[2048];
        while (!_stop)
        {
            try
            {
                int length = _receiver.Receive(datagram);
                lock (_lock)
                {
                    _arrivals.Add((BinaryPrimitives.ReadInt32BigEndian(datagram.AsSpan(0, length)), Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency));
                }
            }
            catch (SocketException late) when (late.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Nothing came for a while: that is what is measured.
            }
        }
    }
}
