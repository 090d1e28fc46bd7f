using Weft.Fuzz.Mutation;
using Weft.Host.Control;
using Weft.Packets;
using Weft.Services;

namespace Weft.Fuzz.Targets;

/// <summary>Both ends of a machine's move, each with a peer that says whatever it likes; and the greeting that comes before.</summary>
internal sealed class MachineMoveTarget : ScriptTarget
{
    private const ulong Move = 7, Epoch = 3;

    private static readonly Timestamp Start = Timestamp.FromSeconds(1_000);

    private readonly byte[] _message = new byte[Options.MessageBytes];

    public override string Name => "machine-move";

    public override string What => "messages of a machine's move, at the host that it leaves and at the one that it comes to";

    public override IReadOnlyList<string> Assemblies => ["Services"];

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    protected override IReadOnlyList<byte[]> Words => [[1, 0, 7, 0, 0, 0, 0, 0, 0, 0], [1, 1, 7, 0, 0, 0, 0, 0, 0, 0], [1, 2, 7, 0, 0, 0, 0, 0, 0, 0], [1, 3, 7, 0, 0, 0, 0, 0, 0, 0], [1, 4, 7, 0, 0, 0, 0, 0, 0, 0], [1, 5, 7, 0, 0, 0, 0, 0, 0, 0], [1, 6, 7, 0, 0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0, 0, 0]];

    private static MigrationOptions Options { get; } = new() { Id = Move, Epoch = Epoch, MessageBytes = 8_192, Window = 2, FreezeBytes = 0, MaxRounds = 2 };

    /// <summary>A move that succeeds, and what either side said in it.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        using ServiceSet from = WithFlows(), to = ServicesTarget.Machine.Make(Start);
        var source = new MigrationSource(from, Options, Start);
        var target = new MigrationTarget(to, Options, Start);
        byte[] said = [], answer = [];
        var toTarget = new List<byte>();
        var toSource = new List<byte>();
        for (int step = 0; step < 64 && source.State != MigrationState.Moved; step++)
        {
            Timestamp now = Start + TimeSpan.FromMilliseconds(step);
            said = _message[..source.Step(answer, now, _message)];
            toTarget.AddRange(Script.Step(1, 80, said));
            answer = _message[..target.Step(said, now, _message)];
            toSource.AddRange(Script.Step(0, 80, answer));
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(won: true);
            }
        }

        Require(source.State == MigrationState.Moved, $"a move to begin with that does not succeed: {source.State}, {target.State}");
        yield return [.. toTarget];
        yield return [.. toSource];
        yield return Script.Step(2, 0, new MoveHello(7, Move, Epoch) { Keys = [new string('A', 64)] }.ToFrame().Body);
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        using ServiceSet from = WithFlows(), to = ServicesTarget.Machine.Make(Start);
        var source = new MigrationSource(from, Options, Start);
        var target = new MigrationTarget(to, Options, Start);
        Timestamp now = Start;
        var script = new ScriptReader(input);
        while (script.TryRead(out ScriptStep step))
        {
            now += step.Wait;
            switch (step.Where & 3)
            {
                case 0:
                    Fits(source.Step(step.Bytes, now, _message));
                    break;
                case 1:
                    Fits(target.Step(step.Bytes, now, _message));
                    if (target.State == MigrationState.Committing)
                    {
                        target.Claimed((step.Where & 4) == 0);
                    }

                    break;
                default:
                    Greet(step.Bytes);
                    break;
            }
        }

        Require(source.State != MigrationState.Aborted || !from.IsFrozen, "a move that was given up and a machine that stands still");
        Fits(source.Step([], now + TimeSpan.FromMinutes(1), _message));
        Fits(target.Step([], now + TimeSpan.FromMinutes(1), _message));
    }

    private static void Greet(ReadOnlySpan<byte> body)
    {
        try
        {
            MoveHello hello = MoveHello.Read(body);
            Require(hello.ToFrame().Body.Length <= body.Length, "a greeting that is longer when it is written");
        }
        catch (IOException)
        {
            // The connection ends with it.
        }
    }

    private static void Fits(int length) => Require(length >= 0 && length <= Options.MessageBytes, "a message that is longer than a message");

    private static ServiceSet WithFlows()
    {
        ServiceSet set = ServicesTarget.Machine.Make(Start);
        var results = new ServiceResult[1];
        byte[] frame = new byte[60];
        for (byte flow = 0; flow < 12; flow++)
        {
            int at = new EthernetHeader { Destination = new MacAddress(0x0200_0000_0002UL), Source = new MacAddress(0x0200_0000_0001UL), EtherType = EtherType.IPv4 }.Write(frame);
            at += new IPv4Header { Source = IPv4Address.Parse("10.1.0.9"), Destination = IPv4Address.Parse("10.96.0.10"), Protocol = IpProtocol.Udp, PayloadLength = 26 }.Write(frame.AsSpan(at));
            _ = new UdpHeader((ushort)(4_000 + flow), 53, 18).Write(frame.AsSpan(at));
            var burst = new PacketBatch(1, FrameBytes);
            if (burst.TryAdd(frame))
            {
                set.Process(ref burst, ServiceDirection.FromMachine, results, Start);
            }
        }

        return set;
    }
}
