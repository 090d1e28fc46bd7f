using Weft.Pcap;

namespace Weft.Conformance.Support;

/// <summary>One frame of a capture.</summary>
/// <param name="Number">From 1, as other programs count.</param>
/// <param name="Data">The captured bytes, from the Ethernet header on.</param>
/// <param name="OriginalLength">Bytes on the wire.</param>
public sealed record CorpusFrame(int Number, byte[] Data, uint OriginalLength);

/// <summary>The captures in <c>pcaps/</c> and, if the variable <c>WEFT_CORPUS</c> names a folder, those below it.</summary>
public static class Corpus
{
    /// <summary>Name of the environment variable that adds a user's own captures.</summary>
    public const string UserVariable = "WEFT_CORPUS";

    /// <summary>The committed corpus.</summary>
    public static string Folder { get; } = Repository.File("pcaps");

    /// <summary>Every capture by its name: the file's name, a user's ones with their folder in front.</summary>
    public static IReadOnlyDictionary<string, CorpusCapture> Captures { get; } = FindAll();

    /// <summary>The names, as data of theories.</summary>
    public static TheoryData<string> Names => [.. Captures.Keys];

    /// <summary>The names of the committed ones.</summary>
    public static TheoryData<string> CommittedNames => [.. Captures.Values.Where(capture => !capture.IsUsers).Select(capture => capture.Name)];

    private static SortedDictionary<string, CorpusCapture> FindAll()
    {
        var found = new SortedDictionary<string, CorpusCapture>(StringComparer.Ordinal);
        Add(Folder, SearchOption.TopDirectoryOnly, isUsers: false);
        if (Environment.GetEnvironmentVariable(UserVariable) is { Length: > 0 } folder)
        {
            if (!Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException($"{UserVariable} names '{folder}', which is no folder.");
            }

            Add(folder, SearchOption.AllDirectories, isUsers: true);
        }

        return found;

        void Add(string root, SearchOption depth, bool isUsers)
        {
            foreach (string path in Directory.EnumerateFiles(root, "*", depth))
            {
                if (Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap")
                {
                    string name = isUsers ? "user/" + Path.GetRelativePath(root, path) : Path.GetFileName(path);
                    found.Add(name, new CorpusCapture(name, path, isUsers));
                }
            }
        }
    }
}

/// <summary>A capture file, read on demand with Weft's own reader.</summary>
public sealed class CorpusCapture
{
    /// <summary>Frames of one capture that the tests look at; a user's may be of any size.</summary>
    public const int MaxFrames = 20_000;

    private readonly Lazy<IReadOnlyList<CorpusFrame>> _frames;

    internal CorpusCapture(string name, string path, bool isUsers)
    {
        Name = name;
        FilePath = path;
        IsUsers = isUsers;
        _frames = new(Read);
        string table = Path.ChangeExtension(path, ".expected.tsv");
        ExpectationPath = File.Exists(table) ? table : null;
    }

    /// <summary>As theories print it.</summary>
    public string Name { get; }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>True if it came through <c>WEFT_CORPUS</c>.</summary>
    public bool IsUsers { get; }

    /// <summary>The table beside it, if there is one.</summary>
    public string? ExpectationPath { get; }

    /// <summary>The sidecar beside it, whether or not it exists.</summary>
    public string SidecarPath => Path.ChangeExtension(FilePath, ".yaml");

    /// <summary>What the reader said when it stopped.</summary>
    public PcapError ReadError { get; private set; }

    /// <summary>Where and why the reader gave up; null if it read to the end.</summary>
    public string? Damage { get; private set; }

    /// <summary>The Ethernet frames, at most <see cref="MaxFrames"/>; frames of other link types are left out but counted.</summary>
    public IReadOnlyList<CorpusFrame> Frames => _frames.Value;

    /// <summary>
    /// What another program reads from the capture: the table beside it, or else what tshark says now. Skips the running test
    /// with a reason if there is neither.
    /// </summary>
    public CorpusExpectation Expect()
    {
        if (ExpectationPath is not null)
        {
            return CorpusExpectation.Parse(File.ReadLines(ExpectationPath));
        }

        _ = Frames;
        Assert.SkipUnless(ReadError == PcapError.None, $"no table beside it, and the file is damaged: {Damage}");
        Tshark.Need();
        return Tshark.Expect(FilePath);
    }

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
        }

        ReadError = reader.Error;
        Damage = reader.Error == PcapError.None ? null : $"{reader.Error} at byte {reader.Offset}";
        return frames;
    }
}
