using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Weft.Ports;

/// <summary>Has code compiled before it is in a hurry: between two processes that hand over a device, every method that is compiled then is a pause.</summary>
internal static class CodePreparation
{
    private const DynamicallyAccessedMemberTypes Methods = DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;

    /// <summary>Compiles the methods that a type declares. Without a just-in-time compiler there is nothing to do.</summary>
    public static void Compile([DynamicallyAccessedMembers(Methods)] Type type)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled)
        {
            return;
        }

        foreach (MethodInfo method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (method is { IsAbstract: false, ContainsGenericParameters: false })
            {
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
            }
        }
    }
}
