using System.Reflection;
using Weft.Conformance.Support;
using Xunit.v3;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>What the tests promise about themselves: <c>dotnet test --filter Kind=…</c> must find every one.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed class TestSuiteShapeTests
{
    private static readonly string[] Kinds = [.. typeof(Kind).GetFields().Where(field => field.IsLiteral && field.Name != nameof(Kind.Key)).Select(field => (string)field.GetRawConstantValue()!)];

    /// <summary>As they run: what a class inherits from a contract is a test of that class, and of its kind.</summary>
    private static IEnumerable<MethodInfo> Tests => typeof(TestSuiteShapeTests).Assembly.GetTypes()
        .Where(type => !type.IsAbstract)
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
        .Where(method => method.GetCustomAttributes().OfType<IFactAttribute>().Any());

    [Fact]
    public void Every_test_says_of_which_kind_it_is()
    {
        Assert.NotEmpty(Tests);
        Assert.Empty(Tests.Where(test => !KindsOf(test).Any()).Select(NameOf));
    }

    [Fact]
    public void Every_kind_is_one_of_the_documented_ones() =>
        Assert.Empty(Tests.SelectMany(test => KindsOf(test).Except(Kinds).Select(kind => $"{NameOf(test)}: {kind}")));

    [Fact]
    public void Every_test_lives_in_a_namespace_that_no_package_uses() =>
        Assert.All(Tests.Select(test => test.DeclaringType!.Namespace!).Distinct(), name =>
        {
            Assert.StartsWith("Weft.Conformance.", name, StringComparison.Ordinal);
            Assert.EndsWith("Tests", name, StringComparison.Ordinal);
        });

    [Fact]
    public void No_test_is_switched_off() =>
        Assert.Empty(Tests.Where(test => test.GetCustomAttributes().OfType<IFactAttribute>().Any(fact => fact.Skip is not null)).Select(NameOf));

    private static IEnumerable<string> KindsOf(MethodInfo test)
    {
        IEnumerable<CustomAttributeData> attributes = test.CustomAttributes;
        for (Type? type = test.ReflectedType; type is not null; type = type.BaseType)
        {
            attributes = attributes.Concat(type.CustomAttributes);
        }

        return attributes
            .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && (string)attribute.ConstructorArguments[0].Value! == Kind.Key)
            .Select(attribute => (string)attribute.ConstructorArguments[1].Value!);
    }

    private static string NameOf(MethodInfo test) => $"{test.ReflectedType!.FullName}.{test.Name}";
}
