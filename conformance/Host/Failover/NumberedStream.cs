using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>A thousand numbered datagrams a second from one namespace to another; remembers when each arrived.</summary>
internal sealed class NumberedStream : IDisposable
{
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private readonly Lock _lock = new();
    private readonly List<(int Number, double Milliseconds)> _arrivals = [];
    private readonly IPEndPoint _to;
    private volatile bool _stop;

    /// <param name="from">Where the sender is.</param>
    /// <param name="to">Where the receiver is.</param>
    /// <param name="address">Unicast, or the broadcast address of both.</param>
    /// <param name="port">UDP port of the receiver.</param>
    public NumberedStream(NetNamespace from, NetNamespace to, string address, int port = 5000)
    {
        _to = new IPEndPoint(IPAddress.Parse(address), port);
        _receiver = to.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _receiver.Bind(new IPEndPoint(IPAddress.Any, port));
        _receiver.ReceiveTimeout = 100;
        _sender = from.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _sender.EnableBroadcast = true;
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

    /// <summary>Longest time without an arrival, how many arrivals were not the first of their number, and most copies of one, since the last call.</summary>
    public (double LongestGapMilliseconds, int Duplicates, int MostCopies) Take()
    {
        lock (_lock)
        {
            double longest = 0;
            for (int i = 1; i < _arrivals.Count; i++)
            {
                longest = Math.Max(longest, _arrivals[i].Milliseconds - _arrivals[i - 1].Milliseconds);
            }

            int[] copies = [.. _arrivals.CountBy(arrival => arrival.Number).Select(number => number.Value)];
            int duplicates = _arrivals.Count - copies.Length;
            if (_arrivals.Count > 0)
            {
                // A silence that has not ended yet begins with the last one that arrived.
                _arrivals.RemoveRange(0, _arrivals.Count - 1);
            }

            return (longest, duplicates, copies.DefaultIfEmpty().Max());
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
                Thread.Sleep(1);
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
