using Weft.Conformance.Checks;

namespace Weft.Conformance.Support;

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

    /// <summary>What another program reads from a capture. Skips the running test with a reason if there is none to ask.</summary>
    public static CorpusExpectation Expect(this CorpusCapture capture)
    {
        _ = capture.Frames;
        Assert.SkipWhen(capture.ExpectationPath is null && capture.Damage is not null, $"no table beside it, and the file is damaged: {capture.Damage}");
        CorpusExpectation? expected = Judge.Of(capture, out string reason);
        Assert.SkipWhen(expected is null, reason);
        return expected!;
    }

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
            foreach (CorpusCapture capture in CorpusCapture.In(root, depth, isUsers ? "user/" : "", isUsers))
            {
                found.Add(capture.Name, capture);
            }
        }
    }
}
