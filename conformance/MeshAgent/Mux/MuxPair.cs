using Weft.Mesh;
using Weft.MeshAgent.Mux;
using Weft.Packets;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Both sides of a shared connection, and between them two wires that a test lets run when and as far as it likes.</summary>
internal sealed class MuxPair
{
    private readonly byte[] _buffer = new byte[16_384];

    public MuxPair(int credit = 1000, int maxStreams = 8)
    {
        Client = new Side(new MuxSession(isInitiator: true, credit, maxStreams));
        Server = new Side(new MuxSession(isInitiator: false, credit, maxStreams));
        Run();
    }

    public Side Client { get; }

    public Side Server { get; }

    public static MuxFlow Flow(int number) =>
        new(IpProtocol.Tcp, new MeshEndpoint(new IPv4Address(0xC612_0001), (ushort)(1000 + number)), new MeshEndpoint(new IPv4Address(0xC612_0002), 80));

    /// <summary>Runs both wires until nothing is left to say.</summary>
    public void Run()
    {
        while (Transfer(Client, Server, int.MaxValue) | Transfer(Server, Client, int.MaxValue))
        {
        }
    }

    /// <summary>Lets one side write its frames, and the other read some bytes.</summary>
    public bool Transfer(Side from, Side to, int bytes)
    {
        int written;
        while ((written = from.Session.WriteControl(_buffer)) > 0)
        {
            from.Wire.AddRange(_buffer.AsSpan(0, written));
        }

        bytes = Math.Min(bytes, from.Wire.Count);
        to.Read(from.Wire.GetRange(0, bytes).ToArray());
        from.Wire.RemoveRange(0, bytes);
        return bytes > 0;
    }

    /// <summary>One side: what it was told, by stream.</summary>
    internal sealed class Side(MuxSession session)
    {
        public MuxSession Session => session;

        /// <summary>Bytes on the way to the other side.</summary>
        public List<byte> Wire { get; } = [];

        public Dictionary<uint, MuxStream> Streams { get; } = [];

        public Dictionary<uint, List<byte>> Heard { get; } = [];

        public HashSet<uint> Finished { get; } = [];

        public HashSet<uint> Reset { get; } = [];

        public HashSet<uint> Accepted { get; } = [];

        public MuxViolation Violation { get; private set; }

        public MuxStream Open(int number)
        {
            Assert.True(session.TryOpen(Flow(number), null, out MuxStream? stream));
            Streams[stream!.Id] = stream;
            Heard[stream.Id] = [];
            return stream;
        }

        /// <summary>Sends as much as there is credit for.</summary>
        /// <returns>What was sent.</returns>
        public byte[] Send(MuxStream stream, byte first, int length)
        {
            length = Math.Min(length, MuxSession.SendableOf(stream));
            if (length == 0)
            {
                return [];
            }

            byte[] frame = new byte[16_384];
            int control;
            while ((control = session.WriteControl(frame)) > 0)
            {
                Wire.AddRange(frame.AsSpan(0, control)); // what opens the stream goes before its data
            }

            MuxSession.WriteDataHeader(frame, stream, length);
            byte[] data = [.. Enumerable.Range(first, length).Select(value => (byte)value)];
            Wire.AddRange(frame.AsSpan(0, MuxSession.HeaderLength));
            Wire.AddRange(data);
            return data;
        }

        public MuxViolation Read(ReadOnlySpan<byte> bytes)
        {
            while (Violation == MuxViolation.None)
            {
                Violation = session.Read(bytes, out int consumed, out MuxEvent happened);
                Assert.InRange(consumed, 0, bytes.Length);
                Note(happened);
                if (consumed == 0 || (bytes = bytes[consumed..]).IsEmpty)
                {
                    break;
                }
            }

            return Violation;
        }

        private void Note(in MuxEvent happened)
        {
            uint id = happened.Stream?.Id ?? 0;
            switch (happened.Kind)
            {
                case MuxEventKind.Opened:
                    Streams[id] = happened.Stream!;
                    Heard[id] = [];
                    break;
                case MuxEventKind.Accepted:
                    Assert.True(Accepted.Add(id));
                    break;
                case MuxEventKind.Data:
                    Assert.DoesNotContain(id, Finished);
                    Heard[id].AddRange(happened.Data);
                    break;
                case MuxEventKind.Finished:
                    Assert.True(Finished.Add(id));
                    break;
                case MuxEventKind.Reset:
                    Assert.True(Reset.Add(id));
                    break;
            }
        }
    }
}
