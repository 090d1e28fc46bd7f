namespace Weft.Fuzz.Targets;

/// <summary>Where targets that attack files put them: in memory if the machine has such a place, because every case waits for its file to be on the disk.</summary>
internal static class ScratchFolder
{
    private const string InMemory = "/dev/shm";

    /// <summary>Makes a folder that is gone when the program ends.</summary>
    public static string Create(string purpose)
    {
        string folder = Directory.Exists(InMemory)
            ? Directory.CreateDirectory(Path.Combine(InMemory, $"weft-fuzz-{purpose}-{Guid.NewGuid():n}")).FullName
            : Directory.CreateTempSubdirectory($"weft-fuzz-{purpose}-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
