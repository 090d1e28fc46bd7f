using Weft.Packets;
using Weft.Ports;
using Weft.Samples.Ports;

// Weft.Samples.Ports                  a simulated cable that loses and delays frames
// Weft.Samples.Ports LEFT RIGHT       forwards between two ports, each one of
//     eth:DEVICE      a network device (root)
//     tap:DEVICE      a TAP device, made if there is none (root)
//     pcap:IN,OUT     replays a capture and records another; either may be empty
switch (args)
{
    case []:
        Simulation.Print();
        return 0;
    case [string left, string right]:
        return Forward(left, right);
    default:
        Console.Error.WriteLine("usage: [LEFT RIGHT], each eth:DEVICE, tap:DEVICE or pcap:IN,OUT");
        return 2;
}

static int Forward(string leftText, string rightText)
{
    try
    {
        using IPort left = Open(leftText);
        using IPort right = Open(rightText);
        using var cable = new PatchCable(left, right);
        if (left.Capabilities.IsLive || right.Capabilities.IsLive)
        {
            using var stop = new CancellationTokenSource();
            Console.CancelKeyPress += (_, pressed) =>
            {
                pressed.Cancel = true;
                stop.Cancel();
            };
            Console.WriteLine("forwarding, Ctrl-C ends");
            cable.RunLive(stop.Token);
        }
        else
        {
            cable.RunToEnd();
        }

        foreach (IPort port in new[] { left, right })
        {
            PortCounters counters = port.Counters;
            Console.WriteLine($"{port.Name}: {counters.ReceivedFrames} frames in, {counters.SentFrames} out, {counters.ReceivedLost} lost, {counters.SendRefused} refused");
        }

        return 0;
    }
    catch (Exception refused) when (refused is IOException or InvalidDataException or ArgumentException)
    {
        Console.Error.WriteLine(refused.Message);
        return 1;
    }
}

static IPort Open(string text) => text.Split(':', 2) switch
{
    ["eth", string device] => new AfPacketPort(device, new AfPacketOptions { Device = device }),
    ["tap", string device] => new TapPort(device, new TapOptions { Device = device }),
    ["pcap", string files] when files.Split(',') is [string input, string output] =>
        new PcapPort(text, new PcapPortOptions { ReadPath = input.Length > 0 ? input : null, WritePath = output.Length > 0 ? output : null }),
    _ => throw new ArgumentException($"'{text}' is not eth:DEVICE, tap:DEVICE or pcap:IN,OUT"),
};
