using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// OISF's suricata-verify: captures, rules, and what must alert. A case passes if every check of its alerts holds; a check that
/// asks for more than a detector tells (bytes of a log, names of interfaces) is held to the rest of it.
/// </summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class SuricataVerifyTests(ITestOutputHelper output)
{
    // Cases that pass today; the numbers may only grow.
    [Theory]
    [InlineData("L1", 45)]
    [InlineData("L2", 73)]
    [InlineData("L3", 508)]
    public void Cases_of_a_level(string level, int atLeast)
    {
        string folder = OtherPeoplesData.Need("suricata-verify");
        (string Name, VerifyVerdict Verdict, string Reason)[] results = [.. VerifyTable.Run(folder, level)];
        foreach ((string name, VerifyVerdict verdict, string reason) in results)
        {
            output.WriteLine($"{verdict} {name} {reason}");
        }

        int passed = results.Count(result => result.Verdict == VerifyVerdict.Passed);
        int failed = results.Count(result => result.Verdict == VerifyVerdict.Failed);
        output.WriteLine($"{level}: {passed} passed, {failed} failed, {results.Length - passed - failed} not judged");
        Assert.True(passed >= atLeast, $"{passed} of {passed + failed} cases passed, {atLeast} did before");
    }
}
