using Weft.Pcap;

namespace Weft.Conformance.Support;

/// <summary>One frame of a capture.</summary>
/// <param name="Number">From 1, as other programs count.</param>
/// <param name="Data">The captured bytes, from the Ethernet header on.</param>
/// <param name="OriginalLength">Bytes on the wire.</param>
public sealed record CorpusFrame(int Number, byte[] Data, uint OriginalLength);

/// <summary>A capture file, read on demand with Weft's own reader.</summary>
public sealed class CorpusCapture
{
    /// <summary>Frames of one capture that are looked at; a user's may be of any size.</summary>
    public const int MaxFrames = 20_000;

    private static readonly string[] Extensions = [".pcap", ".pcapng", ".cap"];

    private readonly Lazy<IReadOnlyList<CorpusFrame>> _frames;

    /// <param name="name">As reports and theories print it.</param>
    /// <param name="path">The file.</param>
    /// <param name="isUsers">True if it is not part of the committed corpus.</param>
    public CorpusCapture(string name, string path, bool isUsers)
    {
        Name = name;
        FilePath = path;
        IsUsers = isUsers;
        _frames = new(Read);
        string table = Path.ChangeExtension(path, ".expected.tsv");
        ExpectationPath = File.Exists(table) ? table : null;
    }

    /// <summary>As reports and theories print it.</summary>
    public string Name { get; }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>True if it is not part of the committed corpus.</summary>
    public bool IsUsers { get; }

    /// <summary>The table beside it, if there is one.</summary>
    public string? ExpectationPath { get; }

    /// <summary>The sidecar beside it, whether or not it exists.</summary>
    public string SidecarPath => Path.ChangeExtension(FilePath, ".yaml");

    /// <summary>What the reader said when it stopped.</summary>
    public PcapError ReadError { get; private set; }

    /// <summary>Where and why the reader gave up; null if it read to the end.</summary>
    public string? Damage { get; private set; }

    /// <summary>Frames of other link types among the first <see cref="MaxFrames"/>, which are passed over.</summary>
    public int OtherLinkTypes { get; private set; }

    /// <summary>The Ethernet frames, at most <see cref="MaxFrames"/>.</summary>
    public IReadOnlyList<CorpusFrame> Frames => _frames.Value;

    /// <summary>The captures of a folder.</summary>
    public static IEnumerable<CorpusCapture> In(string folder, SearchOption depth, string prefix, bool isUsers) => Directory.EnumerateFiles(folder, "*", depth)
        .Where(path => Extensions.Contains(Path.GetExtension(path)))
        .Select(path => new CorpusCapture(prefix + Path.GetRelativePath(folder, path), path, isUsers));

    private List<CorpusFrame> Read()
    {
        var frames = new List<CorpusFrame>();
        using PcapReader reader = PcapReader.Open(FilePath);
        for (int number = 1; number <= MaxFrames && reader.TryRead(out PcapPacket packet); number++)
        {
            if (packet.LinkType == LinkType.Ethernet)
            {
                frames.Add(new CorpusFrame(number, packet.Data.ToArray(), packet.OriginalLength));
            }
            else
            {
                OtherLinkTypes++;
            }
        }

        ReadError = reader.Error;
        Damage = reader.Error == PcapError.None ? null : $"{reader.Error} at byte {reader.Offset}";
        return frames;
    }
}
