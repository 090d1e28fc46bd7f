using Weft.Samples.Pcap;

// Weft.Samples.Pcap                 writes a small pcapng file and counts it
// Weft.Samples.Pcap count FILE      packets per interface
// Weft.Samples.Pcap copy IN OUT     rewrites a capture; OUT is pcapng if its name says so, else pcap
switch (args)
{
    case []:
        string example = Path.Combine(Path.GetTempPath(), "weft-sample.pcapng");
        Example.Write(example);
        return PacketCount.Print(example);
    case ["count", string file]:
        return PacketCount.Print(file);
    case ["copy", string input, string output]:
        return Rewrite.Run(input, output);
    default:
        Console.Error.WriteLine("usage: [count FILE | copy IN OUT]");
        return 2;
}
