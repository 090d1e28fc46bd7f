using System.Buffers.Binary;
using System.Security.Cryptography;
using Weft.Bench.Ratios;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;

namespace Weft.Bench.Host;

/// <summary>
/// A whole switch with two workers that takes frames of many flows, hands half of them to the other worker, bridges, encapsulates and
/// seals them, beside the same switch with one.
/// </summary>
public sealed class SwitchScalingRatio : ScalingRatio
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-bench-keys-").FullName;
    private Switch? _alone;
    private Switch? _together;

    /// <inheritdoc/>
    public override string Name => $"second worker of a switch that bridges, encapsulates and seals, {PayloadBytes} bytes";

    /// <summary>Half of the frames change processors, and their bytes with them: see the decision on workers and rings.</summary>
    public override double Goal => 1 / 0.75;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun) => (_alone, _together) = (Build(workers: 1), Build(workers: 2));

    /// <inheritdoc/>
    public override Sample Ours() => Measure(() => Step(_alone!, 0), worker => Step(_together!, worker));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _alone?.Dispose();
        _together?.Dispose();
        Directory.Delete(_folder, recursive: true);
        base.Dispose();
    }

    private static long Step(Switch of, int worker)
    {
        long before = of.Workers[worker].Ledger.Sent;
        _ = of.Step(worker, Timestamp.FromMonotonicClock());
        return of.Workers[worker].Ledger.Sent - before;
    }

    private Switch Build(int workers)
    {
        string text = $$"""
            schema: weft/1
            switch: {workers: {{workers}} }
            ports:
              - {name: a, type: tap, device: a, mtu: 1600, vlan: {mode: access, id: 10} }
              - {name: b, type: tap, device: b, mtu: 1600, vlan: {mode: access, id: 10} }
              - {name: up, type: tap, device: up, mtu: 1800, role: underlay}
            vteps:
              - name: v
                port: up
                address: 192.0.2.1/24
                mac: "02:00:00:00:fe:01"
                neighbors: [{address: 192.0.2.2, mac: "02:00:00:00:fe:02"}]
                security: [{peer: 192.0.2.2, outbound: [{spi: 0x1000, keyFile: {{Key(workers, 0)}} }, {spi: 0x1001, keyFile: {{Key(workers, 1)}} }], inbound: [{spi: 0x2000, keyFile: {{Key(workers, 2)}} }]}]
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: v, peers: [192.0.2.2], static: [{mac: "02:00:00:00:00:0c", peer: 192.0.2.2}]}
            """;
        ConfigurationResult read = ConfigurationFile.ReadText(text, Path.Combine(_folder, "bench.yaml"));
        SwitchPlan plan = read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
        return new Switch(plan, [new TemplatePort("a", Frames(0x0A)), new TemplatePort("b", Frames(0x0B)), new TemplatePort("up")]);
    }

    private string Key(int workers, int number)
    {
        string path = Path.Combine(_folder, $"{workers}-{number}.key");
        File.WriteAllText(path, Convert.ToHexString(RandomNumberGenerator.GetBytes(20)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    /// <summary>UDP of many flows.</summary>
    private static byte[][] Frames(byte source) =>
    [
        .. Enumerable.Range(0, 64).Select(flow =>
        {
            byte[] frame = new byte[PayloadBytes];
            MacAddress.Parse("02:00:00:00:00:0c").Write(frame);
            MacAddress.Parse($"02:00:00:00:00:{source:x2}").Write(frame.AsSpan(6));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
            var ip = new IPv4Header
            {
                TimeToLive = 64,
                Protocol = IpProtocol.Udp,
                PayloadLength = frame.Length - 34,
                Source = IPv4Address.Parse("10.0.0.1"),
                Destination = IPv4Address.Parse("10.0.0.2"),
            };
            int at = 14 + ip.Write(frame.AsSpan(14));
            _ = new UdpHeader((ushort)(1000 + flow), 9, frame.Length - at - UdpHeader.Length).Write(frame.AsSpan(at));
            return frame;
        }),
    ];
}
