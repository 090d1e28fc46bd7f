using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>Output that was read by a person once and must stay as it is. <c>WEFT_GOLDEN=write</c> writes it anew, to be read again.</summary>
internal static class Golden
{
    public static void Equal(string file, string actual)
    {
        string path = Repository.File(file);
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, actual);
            Assert.Fail($"{file} was written; read it, then run without WEFT_GOLDEN");
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }
}
